export { ReplicationMonitor, type ReplicationPair } from "./monitor.ts";
export type { ReplicationGroup, ReplicationReport, ReplicationState } from "./scan-report.ts";
export { ReplicationSetupHelper, type SetupSourceOptions } from "./setup-helper.ts";
