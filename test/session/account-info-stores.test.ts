import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyv } from "keyv";
import { type Server, startPostgres, startRedis } from "../servers.ts";
import { describeAccountInfo, type StoreUnderTest } from "./account-info.conformance.ts";
import { openStore, type StorePlace } from "./stores.ts";

/** Set by `npm run test:stores`, which installs the adapters and servers that these tests use. */
interface Installed {
  /** Folder into which the adapters are installed. */
  readonly modules: string;
  /** Folder of PostgreSQL's programs. */
  readonly postgres: string;
}

const installed: Installed | undefined = JSON.parse(process.env.B2KIT_TEST_STORES ?? "null") ?? undefined;

describeAccountInfo("memory", false, async () => {
  const map = new FragileMap();
  return {
    open: async () => new Keyv({ store: map }),
    vanish: async () => {
      map.isBroken = true;
    },
    comeBack: async () => {
      map.isBroken = false;
    },
    close: async () => {},
  };
});

describeAccountInfo("FileStore", true, async () => {
  const folder = await mkdtemp(join(tmpdir(), "b2kit-store-"));
  const path = join(folder, "account-info");
  const place: StorePlace = { kind: "file", path };
  return {
    place,
    takesTurns: true,
    open: () => openStore(place),
    vanish: async () => {
      await rename(path, join(folder, "away"));
      await writeFile(path, "a file in the folder's place");
    },
    comeBack: () => rm(path),
    close: () => rm(folder, { recursive: true }),
  };
});

if (installed) {
  const { modules, postgres } = installed;

  describeAccountInfo("SQLite", true, async () => {
    const folder = await mkdtemp(join(tmpdir(), "b2kit-sqlite-"));
    const place: StorePlace = { kind: "sqlite", url: `sqlite://${join(folder, "keyv.sqlite")}`, modules };
    return {
      place,
      open: () => openStore(place),
      vanish: async () => await querySqlite(place, "DROP TABLE keyv"),
      comeBack: async () => await querySqlite(place, "SELECT 1"), // Whoever opens it makes the table.
      close: () => rm(folder, { recursive: true }),
    };
  });

  describeAccountInfo("Redis", true, async () => {
    const server = await startRedis();
    return onServer(server, { kind: "redis", url: server.url, modules });
  });

  describeAccountInfo("PostgreSQL", true, async () => {
    const server = await startPostgres(postgres);
    return onServer(server, { kind: "postgres", url: server.url, modules });
  });
}

function onServer(server: Server, place: StorePlace): StoreUnderTest {
  return {
    place,
    open: () => openStore(place),
    vanish: () => server.kill(),
    comeBack: () => server.restart(),
    close: () => server.close(),
  };
}

async function querySqlite(place: StorePlace, sql: string): Promise<void> {
  const keyv = await openStore(place);
  await keyv.store.query(sql);
  await keyv.disconnect();
}

/** A store in memory that can stop working. */
class FragileMap extends Map<string, unknown> {
  isBroken = false;

  override get(key: string): unknown {
    this.#check();
    return super.get(key);
  }

  override set(key: string, value: unknown): this {
    this.#check();
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#check();
    return super.delete(key);
  }

  #check(): void {
    if (this.isBroken) {
      throw new Error("the store is gone");
    }
  }
}
