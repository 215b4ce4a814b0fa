export { type Company, createCompany } from "./company/create.ts";
export { canonicalEntities, type Entity, type Row, type SourceName, sourceNames } from "./company/entities.ts";
export { writeCanonical, writeDrop } from "./company/write.ts";
export { companySettings, writeConfig } from "./config.ts";
export { type FaultKind, type SeededFaults, seededFaults } from "./faults.ts";
export { portsFrom, portsIn, takenOf } from "./ports.ts";
export { correctDeals, lateDecision, type Review, reviewOf } from "./review.ts";
export type { Fault, FaultHook, SandboxReply, SandboxRequest } from "./server.ts";
export { type Sandbox, type SandboxLimits, startSandbox, type Vendor, vendorNames } from "./start.ts";
