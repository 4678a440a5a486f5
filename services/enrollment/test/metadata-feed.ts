import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestMetadataService, type TestMetadataEntry } from '@countersign/testing';

/** A metadata service of a test: BLOBs in a file, which is replaced as a whole. */
export class MetadataFile {
  readonly service: TestMetadataService;
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-metadata-'));
  private no = 0;

  /** @param crls see `TestMetadataService` */
  constructor(crls?: string) {
    this.service = new TestMetadataService('ec', 'ec', crls);
    writeFileSync(join(this.folder, 'root.pem'), this.service.root.pem);
  }

  /** Settings of a service that reads it, often. */
  get settings(): Record<string, unknown> {
    return { metadataSource: this.path, metadataRoots: this.folder, metadataRefreshSeconds: 1 };
  }

  private get path(): string {
    return join(this.folder, 'blob.jwt');
  }

  /** Publishes the next BLOB. @returns its number */
  publish(entries: TestMetadataEntry[], nextUpdate?: string): number {
    this.no += 1;
    this.replace(this.service.blob(this.no, entries, nextUpdate));
    return this.no;
  }

  replace(text: string): void {
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  stop = (): void => rmSync(this.folder, { recursive: true, force: true });
}

/** How the feed behaves. `hang`: takes the request and never answers. */
export type FeedMode = 'hang' | 'error' | 'garbage' | { blob: string };

/** A metadata service over HTTP that can be as broken as a test wants. */
export class MetadataUrl {
  readonly service: TestMetadataService;
  mode: FeedMode = 'hang';
  /** Revocation lists by path, DER; the others are not there. */
  readonly lists = new Map<string, Uint8Array>();
  requests = 0;
  private readonly open = new Set<ServerResponse>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-metadata-'));

  private constructor(private readonly server: Server) {
    this.service = new TestMetadataService('ec', 'ec', this.at);
    writeFileSync(join(this.folder, 'root.pem'), this.service.root.pem);
  }

  static async start(): Promise<MetadataUrl> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const feed = new MetadataUrl(server);
    server.on('request', (request, response) =>
      request.url === '/blob' ? feed.answer(response) : feed.giveList(request.url ?? '', response),
    );
    return feed;
  }

  private get at(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get settings(): Record<string, unknown> {
    return {
      metadataSource: `${this.at}/blob`,
      metadataRoots: join(this.folder, 'root.pem'),
      metadataRefreshSeconds: 1,
    };
  }

  /** Lets go of who was kept hanging. */
  drop(): void {
    for (const response of this.open) response.destroy();
    this.open.clear();
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private giveList(path: string, response: ServerResponse): void {
    const list = this.lists.get(path);
    response.writeHead(list ? 200 : 404).end(list);
  }

  private answer(response: ServerResponse): void {
    this.requests += 1;
    if (this.mode === 'hang') return void this.open.add(response);
    if (this.mode === 'error') return void response.writeHead(500).end('no');
    response.writeHead(200).end(this.mode === 'garbage' ? '<html>maintenance</html>' : this.mode.blob);
  }
}

/** Waits until something holds; a test that waits too long fails where it looks next. */
export async function until(holds: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end && !(await holds());) await sleep(50);
}
