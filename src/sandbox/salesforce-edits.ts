import type { Company } from "./company/create.ts";
import { type Field, type Org, openOrg, type SalesforceObject, type SalesforceRecord } from "./salesforce-records.ts";
import type { FieldValue } from "./soql.ts";

type Fields = Readonly<Record<string, FieldValue>>;

/** What people do in an org between two refreshes. `at` is ISO 8601. */
export type SalesforceEdits = {
  /** Adds a record. */
  readonly add: (object: string, id: string, fields: Fields, at: string) => void;
  /** Sets fields, and the stamps with them. */
  readonly set: (object: string, id: string, fields: Fields, at: string) => void;
  /** The same for many records at once. */
  readonly setAll: (object: string, ids: ReadonlySet<string>, fields: Fields, at: string) => void;
  /** Puts a record into the recycle bin, where `queryAll` still shows it. */
  readonly remove: (object: string, id: string, at: string) => void;
  /** Takes a record out of the recycle bin. */
  readonly undelete: (object: string, id: string, at: string) => void;
  /** Deletes a record for good; only the log of deletions knows of it. */
  readonly erase: (object: string, id: string, at: string) => void;
  /** Takes a record away so that not even the log of deletions knows of it. */
  readonly purge: (object: string, id: string) => void;
  /** Makes an account part of another one. */
  readonly merge: (id: string, into: string, at: string) => void;
  /** Gives a formula's new result to a record, whose stamps stay. */
  readonly calculate: (object: string, id: string, fields: Fields) => void;
  /** Takes an object away, as an org without the feature that brings it. */
  readonly withdraw: (object: string) => void;
  /** Replaces the fields of an object. */
  readonly define: (object: string, change: (known: readonly Field[]) => readonly Field[]) => void;
};

/** An org that can be changed while it is served. */
export type LiveOrg = {
  readonly org: () => Org;
  /** When each record was deleted, by object and id. */
  readonly deletions: (object: string) => ReadonlyMap<string, string>;
  readonly version: () => number;
  readonly edits: SalesforceEdits;
};

const stamp = (at: string): string => `${at.slice(0, 19)}.000+0000`;

/** Opens a company's org, the first time that it is asked for. */
export function openLiveOrg(company: Company): LiveOrg {
  let current: Org | undefined;
  let version = 0;
  const erased = new Map<string, Map<string, string>>();
  const org = (): Org => {
    current ??= openOrg(company);
    return current;
  };
  const objectOf = (name: string): SalesforceObject => {
    const object = org().get(name);
    if (object === undefined) throw new Error(`the org has no object ${name}`);
    return object;
  };
  const update = (name: string, next: Partial<SalesforceObject>): void => {
    current = new Map([...org(), [name, { ...objectOf(name), ...next }]]);
    version += 1;
  };
  const change = (name: string, id: string, fields: Fields, at: string): void => {
    const { records } = objectOf(name);
    if (records.every((record) => record.Id !== id)) throw new Error(`the org has no ${name} ${id}`);
    const stamps = { SystemModstamp: stamp(at), LastModifiedDate: stamp(at) };
    update(name, {
      records: records.map((record) => (record.Id === id ? { ...record, ...fields, ...stamps } : record)),
    });
  };
  const without = (name: string, id: string): readonly SalesforceRecord[] =>
    objectOf(name).records.filter((record) => record.Id !== id);

  const edits: SalesforceEdits = {
    add(object, id, fields, at) {
      const stamps = { CreatedDate: stamp(at), SystemModstamp: stamp(at), LastModifiedDate: stamp(at) };
      update(object, { records: [...objectOf(object).records, { Id: id, IsDeleted: false, ...stamps, ...fields }] });
    },
    set: change,
    setAll(object, ids, fields, at) {
      const stamps = { SystemModstamp: stamp(at), LastModifiedDate: stamp(at) };
      update(object, {
        records: objectOf(object).records.map((record) =>
          ids.has(String(record.Id)) ? { ...record, ...fields, ...stamps } : record,
        ),
      });
    },
    calculate(object, id, fields) {
      const { records } = objectOf(object);
      update(object, { records: records.map((record) => (record.Id === id ? { ...record, ...fields } : record)) });
    },
    withdraw(object) {
      current = new Map([...org()].filter(([name]) => name !== object));
      version += 1;
    },
    remove: (object, id, at) => change(object, id, { IsDeleted: true }, at),
    undelete: (object, id, at) => change(object, id, { IsDeleted: false }, at),
    erase(object, id, at) {
      erased.set(object, new Map([...(erased.get(object) ?? []), [id, stamp(at)]]));
      update(object, { records: without(object, id) });
    },
    purge: (object, id) => update(object, { records: without(object, id) }),
    merge: (id, into, at) => change("Account", id, { IsDeleted: true, MasterRecordId: into }, at),
    define: (object, replace) => update(object, { fields: replace(objectOf(object).fields) }),
  };
  return Object.freeze({
    org,
    deletions: (name: string) =>
      new Map([
        ...objectOf(name)
          .records.filter((record) => record.IsDeleted === true)
          .map((record) => [String(record.Id), String(record.SystemModstamp)] as const),
        ...(erased.get(name) ?? []),
      ]),
    version: () => version,
    edits: Object.freeze(edits),
  });
}
