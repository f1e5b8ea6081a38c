import { homedir } from "node:os";
import { posix, win32 } from "node:path";

/** Where a {@link FileStore} lives. */
export interface FileStoreOptions {
  /**
   * Folder of the store; `~/` at its beginning is the home folder. It is made when it is missing.
   * @defaultValue the environment variable `B2KIT_ACCOUNT_INFO`; without it, `b2kit/account-info` in
   * `$XDG_CONFIG_HOME`, else in `~/.config`, and in `%APPDATA%` on Windows
   */
  readonly path?: string;
  /** Takes another default folder, for a person with several accounts: 1 to 64 letters, digits, `-` and `_`. */
  readonly profile?: string;
}

/** What decides about the default folder. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly home: string;
}

/**
 * Chooses the folder of a {@link FileStore}.
 *
 * @throws `TypeError` when a profile is given together with a path or `B2KIT_ACCOUNT_INFO`, or cannot be one.
 */
export function fileStorePath(
  { path, profile }: FileStoreOptions,
  { environment, platform, home }: Surroundings = surroundings(),
): string {
  const { join, resolve } = platform === "win32" ? win32 : posix;
  const named = path ?? (environment.B2KIT_ACCOUNT_INFO || undefined);
  if (profile !== undefined && named !== undefined) {
    const rival = path === undefined ? "B2KIT_ACCOUNT_INFO" : "a path";
    throw new TypeError(`Give a profile or ${rival}, not both: each names the folder of the account info`);
  }
  if (profile !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(profile)) {
    throw new TypeError(
      `The profile ${JSON.stringify(profile)} is not 1 to 64 letters, digits, hyphens and underscores`,
    );
  }
  if (named === "") {
    throw new TypeError("The path of the account info is empty");
  }
  if (named !== undefined) {
    return resolve(/^~[/\\]/.test(named) ? join(home, named.slice(2)) : named);
  }
  const folder = profile === undefined ? "account-info" : `account-info-${profile}`;
  return join(configFolder({ environment, platform, home }), "b2kit", folder);
}

function surroundings(): Surroundings {
  return { environment: process.env, platform: process.platform, home: homedir() };
}

/** Gives the folder for a person's settings; a relative one in the environment does not count, as XDG demands. */
function configFolder({ environment, platform, home }: Surroundings): string {
  const { join, isAbsolute } = platform === "win32" ? win32 : posix;
  const isWindows = platform === "win32";
  const given = isWindows ? environment.APPDATA : environment.XDG_CONFIG_HOME;
  return given && isAbsolute(given)
    ? given
    : join(home, ...(isWindows ? ["AppData", "Roaming"] : [".config"]));
}
