/**
 * Sets replication up, and looks how far it has come.
 *
 * @module b2kit/replication
 */

export { ReplicationMonitor, type ReplicationPair } from "./monitor.ts";
export type { ReplicationGroup, ReplicationReport, ReplicationState } from "./scan-report.ts";
export { ReplicationSetupHelper, type SetupSourceOptions } from "./setup-helper.ts";
