import { API_CONTROLLERS } from '../controllers/index.js';
import { endpointsOf, routePath, type EndpointSpec } from './endpoint.js';

interface Route {
  pattern: RegExp;
  methods: Set<string>;
}

/** What is served where: the operation behind a route, and the methods a path takes (for 405). */
export class RouteTable {
  private readonly specs: ReadonlyMap<string, EndpointSpec> = new Map(
    endpointsOf(API_CONTROLLERS).map(({ spec }) => [`${spec.method} /v1${routePath(spec.path)}`, spec]),
  );
  private readonly routes = new Map<string, Route>();

  add(method: string | string[], url: string): void {
    const route = this.routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    this.routes.set(url, route);
  }

  /** HEAD is as GET (RFC 9110 §9.3.2). */
  specOf(method: string, url: string | undefined): EndpointSpec | undefined {
    return this.specs.get(`${method === 'HEAD' ? 'GET' : method} ${url}`);
  }

  methodsAt(path: string): string[] {
    return [...this.routes.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]);
  }
}

const patternOf = (url: string): RegExp =>
  new RegExp(`^${url.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+')}$`);
