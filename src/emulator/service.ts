import type { Clock } from "./clock.ts";
import type { Contents } from "./contents.ts";
import type { Description } from "./description.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Store } from "./store.ts";
import type { TestModes } from "./test-modes.ts";
import type { Tokens } from "./tokens.ts";
import type { Webhooks } from "./webhooks.ts";

/** What every operation works with. */
export interface Service {
  readonly store: Store;
  readonly contents: Contents;
  readonly tokens: Tokens;
  readonly testModes: TestModes;
  readonly clock: Clock;
  readonly description: Description;
  readonly lifecycle: Lifecycle;
  readonly webhooks: Webhooks;
  /** Every part of a large file but the last has at least this length. */
  readonly minimumPartSizeBytes: number;
  /** The part size that authorizing clients are told to use. */
  readonly recommendedPartSizeBytes: number;
}
