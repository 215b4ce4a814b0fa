import type { Course } from "./deal-plan.ts";
import type { Partner } from "./roster.ts";
import type { Country, Pipeline, Region, Segment } from "./world.ts";

/** The two CRMs. */
export type Crm = "hubspot" | "salesforce";

/** The company behind a story, in the CRM that met it first. */
export type Account = {
  readonly month: number;
  readonly index: number;
  readonly name: string;
  readonly domain: string;
  readonly region: Region;
  readonly country: Country;
  readonly segment: Segment;
  readonly currency: string;
  readonly crm: Crm;
  readonly id: string;
  /** The id of its second record, when both CRMs know it. */
  readonly otherId: string;
  readonly createdAt: number;
  /** The full key of a copy of its first deal that was archived or deleted, or empty. */
  readonly thrownKey: string;
  /** It signed itself up, so that only the payment processor knows it. */
  readonly isSelfServe: boolean;
};

/** A deal, planned to its end. */
export type Deal = {
  readonly record: number;
  readonly kind: "new" | "expansion" | "renewal";
  readonly crm: Crm;
  readonly id: string;
  readonly key: string;
  readonly accountKey: string;
  readonly pipeline: Pipeline;
  readonly createdAt: number;
  readonly course: Course;
  readonly amountMinor: number;
  readonly currency: string;
  readonly source: Partner | undefined;
  readonly helpers: readonly Partner[];
};
