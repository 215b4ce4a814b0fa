import { stringify } from "yaml";
import { commissionHoldDays, commissionMonths, commissionPercents } from "./company/commissions.ts";
import {
  growthPipeline,
  homeCurrency,
  isQualified,
  type Pipeline,
  partnerTypes,
  reportingZone,
  salesforcePipeline,
  salesPipeline,
} from "./company/world.ts";
import { portalHeadings } from "./company/write.ts";
import type { Sandbox } from "./start.ts";

/** The stages of pipelines that count as qualified, by their labels. */
function qualifiedStages(...pipelines: readonly Pipeline[]): { values: { is_qualified: Record<string, string> } } {
  const labels = pipelines.flatMap((pipeline) => pipeline.stages.filter(isQualified).map((stage) => stage.label));
  return { values: { is_qualified: Object.fromEntries(labels.map((label) => [label, "true"])) } };
}

/** Fields of the sandbox's CRMs that hold canonical columns which have no default field. */
const crmMapping = Object.freeze({
  hubspot: {
    pipeline_stages: qualifiedStages(salesPipeline, growthPipeline),
    accounts: { columns: { region: "sales_region", segment: "customer_segment", country: "country" } },
    deals: {
      columns: {
        partner_id: "sourcing_partner",
        partner_role: "sourcing_partner_role",
        partner_declared_at: "sourcing_partner_declared_at",
        excluded_as: "excluded_as",
      },
    },
  },
  salesforce: {
    pipeline_stages: qualifiedStages(salesforcePipeline),
    accounts: { columns: { region: "Sales_Region__c", segment: "Segment__c", country: "BillingCountry" } },
    deals: {
      columns: {
        lost_reason: "Loss_Reason__c",
        partner_id: "Sourcing_Partner__c",
        partner_role: "Sourcing_Partner_Role__c",
        partner_declared_at: "Sourcing_Partner_Declared__c",
        excluded_as: "Excluded_As__c",
      },
    },
  },
});

/** The settings of the synthetic company that do not depend on where its sources are. */
export function companySettings(): Readonly<Record<string, unknown>> {
  const commissions = partnerTypes.map((type) => {
    const { any, ...tiers } = commissionPercents[type];
    return {
      name: `${type.replace("_", "-")} ${any === undefined ? "by tier" : `${any}%`}`,
      partner_type: type,
      ...(any === undefined ? { tiers, rate: Math.min(...Object.values(tiers)) } : { rate: any }),
      months: commissionMonths,
      hold_days: commissionHoldDays,
    };
  });
  return {
    reporting: { currency: homeCurrency, timezone: reportingZone },
    customers: { free_mail_domains: ["freemail.example"] },
    partner_types: {
      consultancy: "agency",
      solution_provider: "reseller",
      technology_alliance: "integration",
      implementation: "services",
    },
    commissions,
  };
}

/** The text of an `attributary.yaml` for a sandbox, a folder with the file drop and a home. */
export function writeConfig(sandbox: Sandbox, dropDir: string, home: string): string {
  const config = {
    home,
    ...companySettings(),
    sources: [
      {
        name: "hubspot",
        kind: "hubspot",
        access_token: sandbox.hubspot.token,
        base_url: sandbox.hubspot.url,
        mapping: crmMapping.hubspot,
      },
      {
        name: "salesforce",
        kind: "salesforce",
        login_url: sandbox.salesforce.url,
        base_url: sandbox.salesforce.url,
        client_id: sandbox.salesforce.clientId,
        client_secret: sandbox.salesforce.clientSecret,
        mapping: crmMapping.salesforce,
      },
      { name: "stripe", kind: "stripe", api_key: sandbox.stripe.key, base_url: sandbox.stripe.url },
      { name: "drop", kind: "files", path: dropDir, columns: portalHeadings },
    ],
  };
  const head = "# The configuration of the sandbox's company: two CRMs, Stripe and the export of a partner portal.\n";
  return head + stringify(config, { lineWidth: 120, aliasDuplicateObjects: false });
}
