interface Paths {
  readonly account: string;
  readonly currencies: string;
  readonly owners: string;
  readonly schemas: string;
  readonly objects: (type: string) => string;
  readonly search: (type: string) => string;
  readonly batch: (type: string) => string;
  readonly properties: (type: string) => string;
  readonly pipelines: (type: string) => string;
  readonly associations: (from: string, to: string) => string;
  readonly labels: (from: string, to: string) => string;
}

const families = Object.freeze({
  v3: Object.freeze({
    account: "/account-info/v3/details",
    currencies: "/settings/v3/currencies/exchange-rates",
    owners: "/crm/v3/owners",
    schemas: "/crm/v3/schemas",
    objects: (type: string) => `/crm/v3/objects/${type}`,
    search: (type: string) => `/crm/v3/objects/${type}/search`,
    batch: (type: string) => `/crm/v3/objects/${type}/batch/read`,
    properties: (type: string) => `/crm/v3/properties/${type}`,
    pipelines: (type: string) => `/crm/v3/pipelines/${type}`,
    associations: (from: string, to: string) => `/crm/v4/associations/${from}/${to}/batch/read`,
    labels: (from: string, to: string) => `/crm/v4/associations/${from}/${to}/labels`,
  }),
  "2026-09": Object.freeze({
    account: "/account-info/2026-09/details",
    currencies: "/settings/currencies/2026-09/exchange-rates",
    owners: "/crm/owners/2026-09",
    schemas: "/crm/schemas/2026-09",
    objects: (type: string) => `/crm/objects/2026-09/${type}`,
    search: (type: string) => `/crm/objects/2026-09/${type}/search`,
    batch: (type: string) => `/crm/objects/2026-09/${type}/batch/read`,
    properties: (type: string) => `/crm/properties/2026-09/${type}`,
    pipelines: (type: string) => `/crm/pipelines/2026-09/${type}`,
    associations: (from: string, to: string) => `/crm/associations/2026-09/${from}/${to}/batch/read`,
    labels: (from: string, to: string) => `/crm/associations/2026-09/${from}/${to}/labels`,
  }),
} satisfies Readonly<Record<string, Paths>>);

/** The version of HubSpot's API that is spoken: `v3` (associations v4), as the client itself does, or the dated one. */
export const apiVersion: keyof typeof families = "v3";

/** Paths of that version. */
export const paths: Paths = families[apiVersion];

/** How many records HubSpot puts into a page or batch at most; half as many once property histories are asked for. */
export const pageSize = Object.freeze({ objects: 100, withHistory: 50, owners: 500, associations: 1000, search: 200 });
