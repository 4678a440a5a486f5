import { Controller, Get, Inject, Param, Redirect, Res } from '@nestjs/common';
import { refuse } from '@countersign/kernel';
import type { FastifyReply } from 'fastify';
import { endpointsOf } from '../http/endpoint.js';
import { securityHeaders } from '../http/security-headers.js';
import { openApiDocument } from '../openapi/document.js';
import { apiPage } from '../pages/api-page.js';
import { operatorAssets, pageAssets, sdkAssets, type Asset } from '../pages/assets.js';
import { codesPage } from '../pages/codes-page.js';
import { PUBLIC_URL } from '../tokens.js';
import { API_CONTROLLERS } from './index.js';

const HTML = 'text/html; charset=utf-8';

/** Documentation and the operators' page: made once at the start, complete without anything from outside. */
@Controller()
export class PagesController {
  private readonly headers: Record<string, string>;
  private readonly openApi: string;
  private readonly api: string;
  private readonly codes = codesPage();
  private readonly own = pageAssets();
  private readonly operator = operatorAssets();
  private readonly sdk = sdkAssets();

  constructor(@Inject(PUBLIC_URL) publicUrl: string) {
    const document = openApiDocument(endpointsOf(API_CONTROLLERS));
    this.openApi = JSON.stringify(document);
    this.api = apiPage(document);
    this.headers = securityHeaders(publicUrl).page;
  }

  @Get('/')
  @Redirect('/docs', 302)
  start(): void {
    // The documentation is what somebody without a path is looking for.
  }

  @Get('/v1/openapi.json')
  describe(@Res() reply: FastifyReply): void {
    void reply.header('cache-control', 'no-cache').type('application/json').send(this.openApi);
  }

  @Get('/docs')
  docs(@Res() reply: FastifyReply): void {
    void reply.headers(this.headers).type(HTML).send(this.api);
  }

  @Get('/docs/errors')
  errors(@Res() reply: FastifyReply): void {
    void reply.headers(this.headers).type(HTML).send(this.codes);
  }

  @Get('/operator')
  operatorPage(@Res() reply: FastifyReply): void {
    this.sendAsset(reply, this.operator.get('index.html'));
  }

  @Get('/assets/:name')
  asset(@Param('name') name: string, @Res() reply: FastifyReply): void {
    this.sendAsset(reply, this.own.get(name));
  }

  @Get('/operator/:name')
  operatorAsset(@Param('name') name: string, @Res() reply: FastifyReply): void {
    this.sendAsset(reply, this.operator.get(name));
  }

  @Get('/operator/sdk/:name')
  sdkModule(@Param('name') name: string, @Res() reply: FastifyReply): void {
    this.sendAsset(reply, this.sdk.get(name));
  }

  /** @throws `route_unknown` */
  private sendAsset(reply: FastifyReply, asset: Asset | undefined): void {
    if (!asset) throw refuse('route_unknown');
    void reply.headers(this.headers).type(asset.type).send(asset.bytes);
  }
}
