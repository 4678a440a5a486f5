import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CODES } from '@countersign/kernel';
import { API_CONTROLLERS } from '../src/controllers/index.js';
import { endpointsOf } from '../src/http/endpoint.js';
import { House } from './fakes/house.js';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(() => house.stop());

const PAGES = ['/docs', '/docs/errors', '/operator'];

describe('pages', () => {
  test.each(PAGES)('%s loads nothing from elsewhere, runs nothing inline, and is nobody’s frame', async (path) => {
    const { status, headers, text } = await house.send(path);
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/<script(?![^>]* src=)|style="|\son\w+="/);
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test.each(PAGES)('%s: every file and anchor it refers to is there', async (path) => {
    const { text } = await house.send(path);
    const files = [...text.matchAll(/(?:src|href)="(\/[^"#]*)/g)].map(([, file]) => file!);
    for (const file of new Set(files)) expect([file, (await house.send(file)).status]).toEqual([file, 200]);
    const ids = new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    for (const [, anchor] of text.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(anchor);
    expect(ids.size).toBe([...text.matchAll(/\sid="/g)].length);
  });

  test('/docs describes every operation, /docs/errors every code', async () => {
    const docs = (await house.send('/docs')).text;
    for (const { operationId } of endpointsOf(API_CONTROLLERS)) expect(docs).toContain(`id="${operationId}"`);
    const errors = (await house.send('/docs/errors')).text;
    for (const code of Object.keys(CODES)) expect(errors).toContain(`id="${code}"`);
  });

  test('the type of a problem leads to the section of its code', async () => {
    const { json } = await house.send('/v1/auth/session');
    const type = new URL(json.type as string);
    expect((await house.send(type.pathname)).text).toContain(`id="${type.hash.slice(1)}"`);
  });

  test('/v1/openapi.json is the document; / leads to the documentation', async () => {
    expect((await house.send('/v1/openapi.json')).json).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/v1' }] });
    const start = await house.send('/');
    expect([start.status, start.headers.location]).toEqual([302, '/docs']);
  });

  test('the modules of the operators’ page are served; no name leads out of their folder', async () => {
    for (const file of ['operator.js', 'records.js']) {
      expect((await house.send(`/operator/${file}`)).headers['content-type']).toBe('text/javascript; charset=utf-8');
    }
    for (const path of [
      '/assets/..%2fpackage.json',
      '/operator/..%2f..%2fpackage.json',
      '/assets/%2e%2e',
      '/operator/sdk/none.js',
    ]) {
      expect((await house.send(path)).status).toBe(404);
    }
  });
});
