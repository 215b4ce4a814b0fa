import type { Source } from "../config/schema.ts";
import type { Connector } from "./stream.ts";
import type { TransportEffects } from "./transport.ts";

type Opener<Kind extends Source["kind"]> = (
  source: Extract<Source, { kind: Kind }>,
  effects: TransportEffects,
) => Promise<Connector>;

/** Every kind of source that is read over the wire; an SDK is only loaded when a source needs it. */
const openers: { readonly [Kind in Exclude<Source["kind"], "files">]?: Opener<Kind> } = Object.freeze({});

/** Opens a source that is read over the wire. */
export async function connect(source: Source, effects: TransportEffects): Promise<Connector> {
  const open = openers[source.kind as Exclude<Source["kind"], "files">] as Opener<Source["kind"]> | undefined;
  if (open === undefined) throw new Error(`no source of kind ${source.kind} is read over the wire`);
  return open(source, effects);
}
