/** A value of a Salesforce field. */
export type FieldValue = string | number | boolean | null;

/** A condition of a WHERE clause. */
export type Condition =
  | { readonly kind: "and"; readonly parts: readonly Condition[] }
  | { readonly kind: "or"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | {
      readonly kind: "test";
      readonly field: string;
      readonly operator: string;
      readonly values: readonly FieldValue[];
    };

/** A SOQL query, taken apart. Field names keep their spelling. */
export type SoqlQuery = {
  readonly fields: readonly string[];
  /** The query asks for `count()` only. */
  readonly isCount: boolean;
  readonly object: string;
  readonly where: Condition | undefined;
  readonly orderBy: readonly { readonly field: string; readonly isDescending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
};

/** A query that Salesforce would refuse as MALFORMED_QUERY; the message is what it would say. */
export class MalformedQuery extends Error {}

type Token = { readonly kind: "word" | "text" | "number" | "moment" | "sign"; readonly text: string };

const tokenPattern =
  /\s+|'((?:[^'\\]|\\.)*)'|(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z0-9_.]*)|(<=|>=|!=|<>|[=<>(),])/y;

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    tokenPattern.lastIndex = position;
    const match = tokenPattern.exec(text);
    if (match === null) throw new MalformedQuery(`unexpected token: '${text.slice(position, position + 12)}'`);
    const [whole, quoted, moment, number, word, sign] = match;
    position += whole.length;
    if (quoted !== undefined) tokens.push({ kind: "text", text: quoted.replace(/\\(.)/g, "$1") });
    else if (moment !== undefined) tokens.push({ kind: "moment", text: moment });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
  }
  return tokens;
}

/** Takes a SOQL query apart; throws `MalformedQuery` for what the sandbox (or Salesforce) does not understand. */
export function parseSoql(text: string): SoqlQuery {
  const tokens = readTokens(text);
  let place = 0;

  const isWord = (word: string) =>
    tokens[place]?.kind === "word" && tokens[place]?.text.toUpperCase() === word.toUpperCase();
  const isSign = (sign: string) => tokens[place]?.kind === "sign" && tokens[place]?.text === sign;

  function fail(): never {
    const found = tokens[place];
    throw new MalformedQuery(found === undefined ? "unexpected end of query" : `unexpected token: '${found.text}'`);
  }
  function take(matches: boolean): void {
    if (!matches) fail();
    place += 1;
  }
  function skip(matches: boolean): boolean {
    if (matches) place += 1;
    return matches;
  }
  function name(): string {
    const token = tokens[place];
    if (token?.kind !== "word") return fail();
    place += 1;
    return token.text;
  }
  function whole(): number {
    const token = tokens[place];
    if (token?.kind !== "number" || !/^\d+$/.test(token.text)) return fail();
    place += 1;
    return Number(token.text);
  }
  function value(): FieldValue {
    const token = tokens[place];
    if (token === undefined || token.kind === "sign") return fail();
    place += 1;
    if (token.kind === "text" || token.kind === "moment") return token.text;
    if (token.kind === "number") return Number(token.text);
    const word = token.text.toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    place -= 1;
    return fail();
  }

  function test(): Condition {
    if (skip(isSign("("))) {
      const inner = anyOf();
      take(isSign(")"));
      return inner;
    }
    if (skip(isWord("NOT"))) return { kind: "not", part: test() };
    const field = name();
    const isNegated = skip(isWord("NOT"));
    if (skip(isWord("IN"))) {
      take(isSign("("));
      const values = [value()];
      while (skip(isSign(","))) values.push(value());
      take(isSign(")"));
      return { kind: "test", field, operator: isNegated ? "NOT IN" : "IN", values };
    }
    if (isNegated) return fail();
    if (skip(isWord("LIKE"))) return { kind: "test", field, operator: "LIKE", values: [value()] };
    const sign = tokens[place];
    if (sign?.kind !== "sign" || !["=", "!=", "<>", "<", "<=", ">", ">="].includes(sign.text)) return fail();
    place += 1;
    return { kind: "test", field, operator: sign.text === "<>" ? "!=" : sign.text, values: [value()] };
  }
  function allOf(): Condition {
    const parts = [test()];
    while (skip(isWord("AND"))) parts.push(test());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "and", parts };
  }
  function anyOf(): Condition {
    const parts = [allOf()];
    while (skip(isWord("OR"))) parts.push(allOf());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : { kind: "or", parts };
  }

  take(isWord("SELECT"));
  const fields = [name()];
  const isCount = fields[0]?.toLowerCase() === "count" && skip(isSign("("));
  if (isCount) take(isSign(")"));
  else while (skip(isSign(","))) fields.push(name());
  take(isWord("FROM"));
  const object = name();
  const where = skip(isWord("WHERE")) ? anyOf() : undefined;
  const orderBy: { field: string; isDescending: boolean }[] = [];
  if (skip(isWord("ORDER"))) {
    take(isWord("BY"));
    do {
      const field = name();
      const isDescending = skip(isWord("DESC"));
      if (!isDescending) skip(isWord("ASC"));
      if (skip(isWord("NULLS"))) take(isWord("FIRST") || isWord("LAST"));
      orderBy.push({ field, isDescending });
    } while (skip(isSign(",")));
  }
  const limit = skip(isWord("LIMIT")) ? whole() : undefined;
  const offset = skip(isWord("OFFSET")) ? whole() : 0;
  if (place < tokens.length) fail();
  return { fields: isCount ? [] : fields, isCount, object, where, orderBy, limit, offset };
}

/** Every field that a query names, in SELECT, WHERE and ORDER BY. */
export function fieldsOf(query: SoqlQuery): string[] {
  function inside(condition: Condition | undefined): string[] {
    if (condition === undefined) return [];
    if (condition.kind === "test") return [condition.field];
    if (condition.kind === "not") return inside(condition.part);
    return condition.parts.flatMap(inside);
  }
  return [...query.fields, ...inside(query.where), ...query.orderBy.map((order) => order.field)];
}

const momentPattern = /^\d{4}-\d\d-\d\d(T|$)/;

/** Orders two values of one field: nulls first, moments by time, text without case unless only case differs. */
export function compareValues(first: FieldValue, second: FieldValue): number {
  if (first === null || second === null) return first === second ? 0 : first === null ? -1 : 1;
  if (typeof first === "number" && typeof second === "number") return first - second;
  const [a, b] = [String(first), String(second)];
  if (momentPattern.test(a) && momentPattern.test(b)) return momentOf(a) - momentOf(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const moments = new Map<string, number>();

function momentOf(text: string): number {
  let moment = moments.get(text);
  if (moment === undefined) {
    moment = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
    if (moments.size < 200_000) moments.set(text, moment);
  }
  return moment;
}

/** Whether a record, given by a function from field name to value, meets a condition. */
export function meets(condition: Condition | undefined, read: (field: string) => FieldValue): boolean {
  if (condition === undefined) return true;
  if (condition.kind === "and") return condition.parts.every((part) => meets(part, read));
  if (condition.kind === "or") return condition.parts.some((part) => meets(part, read));
  if (condition.kind === "not") return !meets(condition.part, read);
  const value = read(condition.field);
  const [wanted = null] = condition.values;
  switch (condition.operator) {
    case "=":
      return compareValues(value, wanted) === 0;
    case "!=":
      return compareValues(value, wanted) !== 0;
    case "IN":
      return condition.values.some((one) => compareValues(value, one) === 0);
    case "NOT IN":
      return !condition.values.some((one) => compareValues(value, one) === 0);
    case "LIKE": {
      const pattern = String(wanted).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return new RegExp(`^${pattern.replaceAll("%", ".*").replaceAll("_", ".")}$`, "i").test(String(value ?? ""));
    }
    default: {
      if (value === null || wanted === null) return false;
      const order = compareValues(value, wanted);
      if (condition.operator === "<") return order < 0;
      if (condition.operator === "<=") return order <= 0;
      return condition.operator === ">" ? order > 0 : order >= 0;
    }
  }
}
