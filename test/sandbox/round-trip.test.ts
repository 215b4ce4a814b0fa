import type { Client } from "@hubspot/api-client";
import type { Connection } from "jsforce";
import type Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalEntities, type Entity, type Row, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { connectClients, generous, smallCompany } from "./open-sandbox.ts";

// Reads every vendor with its own client, maps each field as the default mappings say, and expects the canonical rows.

const company = smallCompany();
let sandbox: Sandbox;
let hubspot: Client;
let salesforce: Connection;
let stripe: Stripe;

beforeAll(async () => {
  sandbox = await startSandbox({ company, limits: generous });
  ({ hubspot, salesforce, stripe } = await connectClients(sandbox));
});
afterAll(() => sandbox.close());

type Cells = Record<string, string | null | undefined>;

/** Rows as one comparable text each: amounts without needless zeros, moments as milliseconds, sorted. */
function texts(entity: Entity, rows: readonly Cells[], leftOut: readonly string[] = []): string[] {
  return rows
    .map((row) =>
      canonicalEntities[entity]
        .filter((column) => !leftOut.includes(column))
        .map((column) => {
          const cell = row[column] ?? "";
          if (/(amount|total|tax|rate|probability)$/.test(column) && cell !== "") return `${column}=${Number(cell)}`;
          return `${column}=${/_at$/.test(column) && cell !== "" ? Date.parse(cell) : cell}`;
        })
        .join(" "),
    )
    .sort();
}

function expectRows<Name extends Entity>(
  entity: Name,
  read: readonly Cells[],
  expected: readonly Row<Name>[],
  leftOut: readonly string[] = [],
): void {
  expect(read.length).toBeGreaterThan(0);
  expect(texts(entity, read, leftOut)).toEqual(texts(entity, expected, leftOut));
}

const portalDate = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Chicago" });
const reportDate = new Intl.DateTimeFormat("en-CA", { timeZone: "America/New_York" });

describe("HubSpot", () => {
  async function objects(type: "deals" | "companies", properties: string[], history: string[] = []) {
    const found: Awaited<ReturnType<Client["crm"]["objects"]["basicApi"]["getPage"]>>["results"] = [];
    let after: string | undefined;
    do {
      const page = await hubspot.crm.objects.basicApi.getPage(type, 50, after, properties, history);
      found.push(...page.results);
      after = page.paging?.next?.after;
    } while (after !== undefined);
    return found;
  }

  const companyProperties = [
    ..."name domain type country createdate hs_merged_object_ids sales_region customer_segment".split(" "),
    ..."partner_type partner_tier partner_region partner_manager partner_agreed_on".split(" "),
  ];
  const isPartner = (type: string | null | undefined) => type === "PARTNER" || type === "RESELLER";

  test("gives the partners and accounts of the company", async () => {
    const companies = (await objects("companies", companyProperties)).map((one) => ({ id: one.id, ...one.properties }));
    const cells: Cells[] = companies;
    expectRows(
      "partners",
      cells
        .filter((one) => isPartner(one.type))
        .map((one) => ({
          id: one.id,
          name: one.name,
          type: one.partner_type ?? (one.type === "RESELLER" ? "reseller" : ""),
          tier: one.partner_tier,
          region: one.partner_region,
          manager: one.partner_manager,
          agreed_on: one.partner_agreed_on,
          domain: one.domain,
        })),
      company.rows.hubspot.partners,
    );
    expectRows(
      "accounts",
      cells
        .filter((one) => !isPartner(one.type))
        .map((one) => ({
          id: one.id,
          name: one.name,
          domain: one.domain,
          region: one.sales_region,
          segment: one.customer_segment,
          country: one.country,
          created_at: one.createdate,
        })),
      company.rows.hubspot.accounts.filter((row) => row.merged_into_id === ""),
    );
    // A merged record is known by the survivor's list of ids alone, at any depth.
    const merged = cells.flatMap((one) => (one.hs_merged_object_ids ?? "").split(";").filter((id) => id !== ""));
    expect(merged.sort()).toEqual(
      company.rows.hubspot.accounts
        .filter((row) => row.merged_into_id !== "")
        .map((row) => row.id)
        .sort(),
    );
  });

  test("gives the stages, deals, stage histories and partner roles of the company", async () => {
    const { results: pipelines } = await hubspot.crm.pipelines.pipelinesApi.getAll("deals");
    const stages = pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => ({ pipeline, stage })));
    const stateOf = (id: string) => {
      const metadata = stages.find(({ stage }) => stage.id === id)!.stage.metadata!;
      if (metadata.isClosed !== "true") return "open";
      return Number(metadata.probability) === 1 ? "won" : "lost";
    };
    expectRows(
      "pipeline_stages",
      stages.map(({ pipeline, stage }) => ({
        pipeline: pipeline.label,
        stage: stage.label,
        position: String(stage.displayOrder),
        probability: stage.metadata!.probability,
        state: stateOf(stage.id),
      })),
      company.rows.hubspot.pipeline_stages,
      ["is_qualified"],
    );

    const owners = new Map<string, string>();
    for (const archived of [false, true]) {
      const page = await hubspot.crm.owners.ownersApi.getPage(undefined, undefined, 500, archived);
      for (const owner of page.results) owners.set(owner.id, `${owner.firstName} ${owner.lastName}`);
    }
    const deals = await objects(
      "deals",
      [
        ..."dealname amount deal_currency_code pipeline dealstage createdate closedate hubspot_owner_id dealtype".split(
          " ",
        ),
        ..."hs_next_step closed_lost_reason hs_merged_object_ids excluded_as sourcing_partner".split(" "),
        ..."sourcing_partner_role sourcing_partner_declared_at".split(" "),
      ],
      ["dealstage"],
    );
    const companies = await objects("companies", ["type"]);
    const partnerIds = new Set(companies.filter((one) => isPartner(one.properties.type)).map((one) => one.id));

    type Link = { readonly id: string; readonly labels: readonly { category: string; label: string | null }[] };
    const links = new Map<string, Link[]>();
    const lonely: string[] = [];
    for (let start = 0; start < deals.length; start += 1000) {
      const inputs = deals.slice(start, start + 1000).map(({ id }) => ({ id }));
      const answer = await hubspot.crm.associations.v4.batchApi.getPage("deals", "companies", { inputs });
      for (const { _from, to } of answer.results) {
        links.set(
          _from.id,
          to.map((one) => ({
            id: String(one.toObjectId),
            labels: one.associationTypes.map(({ category, label }) => ({ category, label: label ?? null })),
          })),
        );
      }
      if ("errors" in answer)
        for (const error of answer.errors ?? []) lonely.push(...(error.context!.fromObjectId ?? []));
    }
    expect(lonely.length + links.size).toBe(deals.length);

    const accountOf = (dealId: string) => {
      const others = (links.get(dealId) ?? []).filter((link) => !partnerIds.has(link.id));
      const primary = others.find((link) => link.labels.some(({ label }) => label === "Primary"));
      return primary?.id ?? (others.length === 1 ? others[0]!.id : "");
    };
    const orderTypes: Record<string, string> = {
      newbusiness: "new",
      existingbusiness: "expansion",
      renewal: "renewal",
    };
    const living = company.rows.hubspot.deals.filter((row) => row.merged_into_id === "");
    expectRows(
      "deals",
      deals.map(({ id, properties: of }) => {
        const state = stateOf(of.dealstage!);
        const closes = of.closedate ? portalDate.format(Date.parse(of.closedate)) : "";
        return {
          id,
          account_id: accountOf(id),
          name: of.dealname,
          pipeline: pipelines.find((pipeline) => pipeline.id === of.pipeline)!.label,
          stage: stages.find(({ stage }) => stage.id === of.dealstage)!.stage.label,
          state,
          order_type: orderTypes[of.dealtype ?? ""],
          amount: of.amount,
          currency: of.deal_currency_code ?? "USD",
          created_at: of.createdate,
          closed_on: state === "open" ? "" : closes,
          expected_close_on: state === "open" ? closes : "",
          owner: owners.get(of.hubspot_owner_id ?? ""),
          next_step: of.hs_next_step,
          lost_reason: of.closed_lost_reason,
          partner_id: of.sourcing_partner,
          partner_role: of.sourcing_partner_role,
          partner_declared_at: of.sourcing_partner_declared_at,
          excluded_as: of.excluded_as,
        };
      }),
      living,
    );
    const merged = deals.flatMap((deal) => (deal.properties.hs_merged_object_ids ?? "").split(";").filter(Boolean));
    const losers = company.rows.hubspot.deals.filter((row) => row.merged_into_id !== "");
    expect(merged.sort()).toEqual(losers.map((row) => row.id).sort());

    expectRows(
      "deal_stages",
      deals.flatMap((deal) =>
        deal.propertiesWithHistory!.dealstage!.map((version) => ({
          deal_id: deal.id,
          stage: stages.find(({ stage }) => stage.id === version.value)!.stage.label,
          entered_at: version.timestamp.toISOString(),
        })),
      ),
      company.rows.hubspot.deal_stages,
    );

    const roleOf = (label: string) => {
      if (/\bsourc/.test(label)) return "sourced";
      if (/co-sell|cosell/.test(label)) return "co_sell";
      if (/techn/.test(label)) return "technical";
      return /deliver|implement/.test(label) ? "delivery" : "influenced";
    };
    expectRows(
      "deal_partners",
      [...links].flatMap(([deal_id, to]) =>
        to
          .filter((link) => partnerIds.has(link.id))
          .flatMap((link) => {
            const own = link.labels.filter(({ category }) => category === "USER_DEFINED");
            const roles = own.map(({ label }) => roleOf((label ?? "").toLowerCase()));
            return (own.length === 0 ? ["influenced"] : roles).map((role) => ({ deal_id, partner_id: link.id, role }));
          }),
      ),
      company.rows.hubspot.deal_partners,
    );
  });

  test("keeps archived and merged records apart, with the moment they were archived", async () => {
    const page = await hubspot.crm.deals.basicApi.getPage(100, undefined, ["dealname"], undefined, undefined, true);
    const expected = [
      ...company.archived.hubspot.map((row) => row.id),
      ...company.rows.hubspot.deals.filter((row) => row.merged_into_id !== "").map((row) => row.id),
    ];
    expect(page.results.map((one) => one.id)).toEqual(expected.sort());
    expect(page.results.every((one) => one.archived && one.archivedAt! > one.createdAt)).toBe(true);
  });
});

/** Fields of the Salesforce records that are read here; a query gives those it names. */
interface Fields {
  readonly [field: string]: unknown;
  readonly Id: string;
  readonly Name: string;
  readonly Type: string | null;
  readonly Website: string | null;
  readonly BillingCountry: string | null;
  readonly Sales_Region__c: string | null;
  readonly Segment__c: string | null;
  readonly MasterRecordId: string | null;
  readonly CreatedDate: string;
  readonly IsDeleted: boolean;
  readonly IsoCode: string;
  readonly ConversionRate: number;
  readonly StartDate: string;
  readonly ApiName: string;
  readonly MasterLabel: string;
  readonly SortOrder: number;
  readonly DefaultProbability: number;
  readonly IsClosed: boolean;
  readonly IsWon: boolean;
  readonly AccountId: string | null;
  readonly StageName: string;
  readonly Amount: number | null;
  readonly Probability: number;
  readonly CloseDate: string;
  readonly NextStep: string | null;
  readonly Owner: { readonly Name: string };
  readonly CurrencyIsoCode: string;
  readonly Loss_Reason__c: string | null;
  readonly Excluded_As__c: string | null;
  readonly Sourcing_Partner__c: string | null;
  readonly Sourcing_Partner_Role__c: string | null;
  readonly Sourcing_Partner_Declared__c: string | null;
  readonly OpportunityId: string;
  readonly AccountToId: string;
  readonly Role: string | null;
  readonly IsPrimary: boolean;
}

describe("Salesforce", () => {
  async function all(object: string, fields: string): Promise<Fields[]> {
    const soql = `SELECT ${fields} FROM ${object} WHERE CreatedDate > 1999-01-01T00:00:00Z ORDER BY SystemModstamp, Id`;
    let page = await salesforce.query<Fields>(soql, { scanAll: true });
    const records: Fields[] = [...page.records];
    while (!page.done) {
      page = await salesforce.queryMore<Fields>(page.nextRecordsUrl!);
      records.push(...page.records);
    }
    return records;
  }
  const host = (website: string | null) =>
    (website ?? "")
      .replace(/^https?:\/\//, "")
      .replace(/^www\./, "")
      .replace(/\/.*$/, "");
  const partnerTypes: Record<string, string> = {
    "Channel Partner / Reseller": "reseller",
    "Installation Partner": "services",
    "Technology Partner": "integration",
    Partner: "",
  };

  test("gives the partners, accounts and rates of the company", async () => {
    const accounts = await all(
      "Account",
      "Id, Name, Type, Website, BillingCountry, Sales_Region__c, Segment__c, MasterRecordId, CreatedDate, IsDeleted",
    );
    const roles = await all("OpportunityPartner", "AccountToId");
    const named = new Set(roles.map((role) => role.AccountToId));
    const isPartner = (one: Fields) => (one.Type ?? "") in partnerTypes || named.has(one.Id);
    expect(accounts.filter((one) => isPartner(one) && one.Type === "Other").length).toBeGreaterThan(0);
    expectRows(
      "partners",
      accounts
        .filter(isPartner)
        .map((one) => ({ id: one.Id, name: one.Name, type: partnerTypes[one.Type ?? ""], domain: host(one.Website) })),
      company.rows.salesforce.partners,
    );
    expectRows(
      "accounts",
      accounts
        .filter((one) => !isPartner(one))
        .map((one) => ({
          id: one.Id,
          name: one.Name,
          domain: host(one.Website),
          region: one.Sales_Region__c,
          segment: one.Segment__c,
          country: one.BillingCountry,
          created_at: one.CreatedDate,
          merged_into_id: one.MasterRecordId,
        })),
      company.rows.salesforce.accounts,
    );
    expect(accounts.filter((one) => one.IsDeleted).length).toBeGreaterThan(0);
    const rates = await all("DatedConversionRate", "IsoCode, ConversionRate, StartDate");
    expectRows(
      "fx_rates",
      rates.map((one) => ({
        on: one.StartDate,
        from_currency: "USD",
        to_currency: one.IsoCode,
        rate: String(one.ConversionRate),
      })),
      company.rows.salesforce.fx_rates,
    );
  });

  test("gives the stages, opportunities, histories and partner roles of the company", async () => {
    const stages = await all(
      "OpportunityStage",
      "ApiName, MasterLabel, SortOrder, DefaultProbability, IsClosed, IsWon",
    );
    const labelOf = new Map(stages.map((stage) => [stage.ApiName, stage.MasterLabel]));
    const stateOf = (one: Fields) => (one.IsWon ? "won" : one.IsClosed ? "lost" : "open");
    expectRows(
      "pipeline_stages",
      stages.map((stage) => ({
        pipeline: "Opportunity",
        stage: stage.MasterLabel,
        position: String(stage.SortOrder),
        probability: String(stage.DefaultProbability / 100),
        state: stateOf(stage),
      })),
      company.rows.salesforce.pipeline_stages,
      ["is_qualified"],
    );
    const opportunities = await all(
      "Opportunity",
      "Id, AccountId, Name, StageName, Amount, Probability, CloseDate, Type, NextStep, IsClosed, IsWon, Owner.Name, " +
        "CurrencyIsoCode, CreatedDate, IsDeleted, Loss_Reason__c, Excluded_As__c, Sourcing_Partner__c, " +
        "Sourcing_Partner_Role__c, Sourcing_Partner_Declared__c",
    );
    const orderType = (type: string | null) => {
      if (type === "Existing Customer - Upgrade") return "expansion";
      return type === "Existing Customer - Replacement" || type?.includes("Renewal") ? "renewal" : "new";
    };
    expectRows(
      "deals",
      opportunities
        .filter((one) => !one.IsDeleted)
        .map((one) => ({
          id: one.Id,
          account_id: one.AccountId,
          name: one.Name,
          pipeline: "Opportunity",
          stage: labelOf.get(one.StageName),
          state: stateOf(one),
          order_type: orderType(one.Type),
          amount: one.Amount === null ? "" : String(one.Amount),
          currency: one.CurrencyIsoCode,
          probability: String(one.Probability / 100),
          created_at: one.CreatedDate,
          closed_on: one.IsClosed ? one.CloseDate : "",
          expected_close_on: one.IsClosed ? "" : one.CloseDate,
          owner: one.Owner.Name,
          next_step: one.NextStep,
          lost_reason: one.Loss_Reason__c,
          partner_id: one.Sourcing_Partner__c,
          partner_role: one.Sourcing_Partner_Role__c,
          partner_declared_at: one.Sourcing_Partner_Declared__c,
          excluded_as: one.Excluded_As__c,
        })),
      company.rows.salesforce.deals,
    );
    expect(opportunities.filter((one) => one.IsDeleted).length).toBe(company.archived.salesforce.length);

    const histories = await all("OpportunityHistory", "Id, OpportunityId, StageName, CreatedDate");
    const byDeal = Map.groupBy(histories, (one) => one.OpportunityId);
    let again = 0;
    const entries: Cells[] = [];
    for (const [deal_id, versions] of byDeal) {
      versions.sort((a, b) => (a.CreatedDate < b.CreatedDate ? -1 : 1));
      for (const [place, one] of versions.entries()) {
        if (versions[place - 1]?.StageName === one.StageName) again += 1;
        else entries.push({ deal_id, stage: labelOf.get(one.StageName) ?? "", entered_at: one.CreatedDate });
      }
    }
    expectRows("deal_stages", entries, company.rows.salesforce.deal_stages);
    expect(again).toBeGreaterThan(0);

    const roleOf = (role: string, isPrimary: boolean) => {
      const text = role.toLowerCase();
      if (/\bsourc/.test(text)) return "sourced";
      if (/co-sell|cosell/.test(text)) return "co_sell";
      if (/techn/.test(text)) return "technical";
      if (/deliver|implement/.test(text)) return "delivery";
      return isPrimary ? "sourced" : "influenced";
    };
    const roles = await all("OpportunityPartner", "OpportunityId, AccountToId, Role, IsPrimary, CreatedDate");
    expectRows(
      "deal_partners",
      roles.map((one) => ({
        deal_id: one.OpportunityId,
        partner_id: one.AccountToId,
        role: roleOf(one.Role ?? "", one.IsPrimary),
        recorded_at: one.CreatedDate,
      })),
      company.rows.salesforce.deal_partners,
    );
  });
});

describe("Stripe", () => {
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  const major = (minor: number, currency: string) => String(currency === "jpy" ? minor : minor / 100);
  const crmIds = new Map<string, string>(); // "33220000100" → "hubspot:33220000100"
  for (const source of ["hubspot", "salesforce"] as const) {
    const { deals, accounts } = company.rows[source];
    for (const { id } of [...deals, ...accounts, ...company.archived[source]]) crmIds.set(id, `${source}:${id}`);
  }
  const keyOf = (id: string | undefined) =>
    id === undefined || id.includes(":") ? (id ?? "") : (crmIds.get(id) ?? "");

  test("gives the customers of the company, deleted ones by their id", async () => {
    const customers: Cells[] = [];
    const seen = new Set<string>();
    for await (const one of stripe.customers.list({ limit: 100 })) {
      seen.add(one.id);
      customers.push({
        id: one.id,
        name: one.name ?? "",
        email: one.email ?? "",
        account_id: keyOf(one.metadata.account_id),
        created_at: iso(one.created),
      });
    }
    const gone = new Set<string>();
    for await (const one of stripe.invoices.list({ limit: 100 })) {
      if (typeof one.customer === "string" && !seen.has(one.customer)) gone.add(one.customer);
    }
    for (const id of gone) expect((await stripe.customers.retrieve(id)).deleted).toBe(true);
    expect(gone.size).toBeGreaterThan(0);
    expectRows("customers", [...customers, ...[...gone].map((id) => ({ id }))], company.rows.stripe.customers);
  });

  test("gives the invoices, payments, refunds and lost disputes of the company", async () => {
    const invoices: Cells[] = [];
    let long = 0;
    for await (const one of stripe.invoices.list({ limit: 100 })) {
      const lines = [...one.lines.data];
      if (one.lines.has_more) {
        long += 1;
        for await (const line of stripe.invoices.listLineItems(one.id, {
          limit: 100,
          starting_after: lines.at(-1)!.id,
        })) {
          lines.push(line);
        }
      }
      expect(lines.reduce((sum, line) => sum + line.amount, 0)).toBe(one.subtotal);
      const recurring = lines.filter(
        (line) =>
          line.parent?.type === "subscription_item_details" &&
          line.parent.subscription_item_details?.proration === false,
      );
      const starts = Math.min(...recurring.map((line) => line.period.start));
      const ends = Math.max(...recurring.map((line) => line.period.end));
      const subscription = one.parent?.subscription_details?.subscription;
      invoices.push({
        id: one.id,
        customer_id: String(one.customer),
        number: one.number,
        status: one.status,
        issued_at: iso(one.status_transitions.finalized_at ?? one.created),
        currency: one.currency.toUpperCase(),
        total: major(one.total, one.currency),
        tax: major(
          (one.total_taxes ?? []).reduce((sum, tax) => sum + tax.amount, 0),
          one.currency,
        ),
        deal_id: keyOf(one.metadata?.deal_id),
        subscription_id: String(subscription),
        recurring_amount: major(
          recurring.reduce((sum, line) => sum + line.amount, 0),
          one.currency,
        ),
        period_starts_on: reportDate.format(starts * 1000),
        period_ends_on: reportDate.format(ends * 1000 - 1),
      });
    }
    expect(long).toBeGreaterThan(0);
    expectRows("invoices", invoices, company.rows.stripe.invoices);

    const payments: Cells[] = [];
    const paymentOf = new Map<string, string>();
    for await (const one of stripe.invoicePayments.list({ limit: 100, status: "paid" })) {
      payments.push({
        id: one.id,
        invoice_id: String(one.invoice),
        paid_at: iso(one.status_transitions.paid_at!),
        amount: major(one.amount_paid!, one.currency),
        currency: one.currency.toUpperCase(),
        is_out_of_band: String(one.payment.type === "payment_record"),
      });
      paymentOf.set(String(one.payment.payment_intent ?? one.payment.charge ?? one.payment.payment_record), one.id);
    }
    expectRows("payments", payments, company.rows.stripe.payments);

    const moneyBack: Cells[] = [];
    let loose = 0;
    for await (const one of stripe.refunds.list({ limit: 100 })) {
      if (one.status !== "succeeded") continue;
      const payment_id = paymentOf.get(String(one.payment_intent ?? one.charge));
      if (payment_id === undefined) loose += 1;
      else {
        const amount = major(one.amount, one.currency);
        const currency = one.currency.toUpperCase();
        const refunded_at = iso(one.created);
        moneyBack.push({ id: one.id, payment_id, refunded_at, amount, currency, kind: "refund", reason: one.reason });
      }
    }
    expect(loose).toBe(1);
    const closed = new Map<string, number>();
    for await (const event of stripe.events.list({ limit: 100, types: ["charge.dispute.closed"] })) {
      if (event.type === "charge.dispute.closed") closed.set(event.data.object.id, event.created);
    }
    let others = 0;
    for await (const one of stripe.disputes.list({ limit: 100 })) {
      if (one.status !== "lost") others += 1;
      else {
        moneyBack.push({
          id: one.id,
          payment_id: paymentOf.get(String(one.payment_intent ?? one.charge)) ?? "",
          refunded_at: iso(closed.get(one.id) ?? one.created),
          amount: major(one.amount, one.currency),
          currency: one.currency.toUpperCase(),
          kind: "dispute",
          reason: one.reason,
        });
      }
    }
    expect(others).toBeGreaterThan(0);
    expectRows("refunds", moneyBack, company.rows.stripe.refunds);
  });
});
