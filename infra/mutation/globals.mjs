// What the specs of the check lists use of @jest/globals, over Jest's own matchers and tables; collected, not run.
import { bind } from 'jest-each';
import { expect } from 'expect';

let tests = [];
const prefix = [];

/** Whatever was declared since the last call: name and body. */
export function takeTests() {
  const taken = tests;
  tests = [];
  return taken;
}

const declare = (name, body) => tests.push({ name: [...prefix, name].join(' '), body });

export function describe(name, body) {
  prefix.push(name);
  body();
  prefix.pop();
}

// Tables: a row is spread over the parameters, as Jest does.
export const test = Object.assign((name, body) => declare(name, body), {
  each: bind((name, body) => declare(name, body), false),
});
export const afterAll = () => undefined;
export { expect };
