export { type Company, createCompany } from "./company/create.ts";
export { ENTITIES, type Entity, type Row, SOURCES, type SourceName } from "./company/entities.ts";
export { writeCanonical, writeDrop } from "./company/write.ts";
export { companySettings, writeConfig } from "./config.ts";
export { type FaultKind, type SeededFaults, seededFaults } from "./faults.ts";
export type { Fault, FaultHook, SandboxReply, SandboxRequest } from "./server.ts";
export { type Sandbox, type SandboxLimits, startSandbox, VENDORS, type Vendor } from "./start.ts";
