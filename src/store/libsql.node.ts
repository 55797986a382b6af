import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type Libsql from "libsql";
import { sqlError } from "./sqlite-errors.js";

/** Statements kept prepared; the store has about thirty. */
const MAX_STATEMENTS = 100;

/**
 * Kysely over one libSQL connection. It departs from Kysely's own SQLite dialect in three things: statements
 * stay prepared, a transaction takes the write lock at its beginning (so that what it has read is still true
 * when it writes), and errors come as issues that name the file.
 */
export function libsqlDialect(db: Libsql.Database, path: string): Dialect {
  return {
    createDriver: () => new LibsqlDriver(db, path),
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  };
}

class LibsqlDriver implements Driver {
  private readonly connection: LibsqlConnection;
  private last: Promise<void> = Promise.resolve();
  private unlock: () => void = () => {};

  constructor(
    private readonly db: Libsql.Database,
    private readonly path: string,
  ) {
    this.connection = new LibsqlConnection(db, path);
  }

  async init(): Promise<void> {}

  /** One at a time: who asks while a transaction runs waits for its end. */
  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.last;
    const { promise, resolve } = withResolvers();
    this.last = promise;
    await before;
    this.unlock = resolve;
    return this.connection;
  }

  async releaseConnection(): Promise<void> {
    this.unlock();
  }

  async beginTransaction(): Promise<void> {
    this.exec("BEGIN IMMEDIATE");
  }

  async commitTransaction(): Promise<void> {
    this.exec("COMMIT");
  }

  /** After some errors, a full disk for one, SQLite has rolled back by itself. */
  async rollbackTransaction(): Promise<void> {
    if (this.db.inTransaction) this.exec("ROLLBACK");
  }

  /** The binding lets go of the file when its statements are collected, so the log of writes is folded in now. */
  async destroy(): Promise<void> {
    if (!this.db.open) return;
    this.connection.forget();
    try {
      // Without waiting: where another process reads or writes, or the disk is full, the log stays, as safe.
      this.db.pragma("busy_timeout=0");
      this.db.pragma("wal_checkpoint(TRUNCATE)");
    } catch {}
    this.db.close();
  }

  private exec(command: string): void {
    try {
      this.db.exec(command);
    } catch (error) {
      sqlError(error, this.path);
    }
  }
}

class LibsqlConnection implements DatabaseConnection {
  private readonly statements = new Map<string, Libsql.Statement<unknown[]>>();

  constructor(
    private readonly db: Libsql.Database,
    private readonly path: string,
  ) {}

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const statement = this.prepare(sql);
      if (statement.reader) return { rows: statement.all([...parameters]) as R[] };
      const { changes, lastInsertRowid } = statement.run([...parameters]);
      return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
    } catch (error) {
      return sqlError(error, this.path);
    }
  }

  /** Not offered: an unfinished cursor would keep the log of writes from being folded into the file. */
  streamQuery<R>(): AsyncGenerator<QueryResult<R>> {
    throw new TypeError("read pages instead of streaming");
  }

  forget(): void {
    this.statements.clear();
  }

  private prepare(sql: string): Libsql.Statement<unknown[]> {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.db.prepare(sql);
    const [oldest] = this.statements.keys();
    if (this.statements.size >= MAX_STATEMENTS && oldest !== undefined) this.statements.delete(oldest);
    this.statements.set(sql, statement);
    return statement;
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
