import { Controller, Inject } from '@nestjs/common';
import { verification, type common } from '@countersign/contracts';
import { isCode, isRefusal, refuse } from '@countersign/kernel';
import { Rpc, identityOf, personOf, type Call, type ServiceMetrics } from '@countersign/platform';
import { beginAuthentication } from '../domain/begin-authentication.js';
import { beginStepUp } from '../domain/begin-step-up.js';
import { completeAuthentication, type SignIn } from '../domain/complete-authentication.js';
import { completeStepUp, type SteppedUp } from '../domain/complete-step-up.js';
import { redeemGrant } from '../domain/redeem-grant.js';
import type { Origin, Ports } from '../ports.js';
import { METRICS, PORTS } from '../tokens.js';

const REDEEM_SCOPE = 'grants:redeem';

/** One case, one verdict: requests in, the domain's answer out. */
@Controller()
export class VerificationController {
  constructor(
    @Inject(PORTS) private readonly ports: Ports,
    @Inject(METRICS) private readonly metrics: ServiceMetrics,
  ) {}

  @Rpc(verification.VerificationServiceService.beginAuthentication)
  async beginAuthentication(
    { clientId, userName }: verification.BeginAuthenticationRequest,
    call: Call,
  ): Promise<verification.BeginAuthenticationResponse> {
    const options = await beginAuthentication(this.ports, { clientId, userName }, call);
    this.metrics.ceremoniesStarted.inc({ ceremony: 'authentication' });
    return { options };
  }

  @Rpc(verification.VerificationServiceService.completeAuthentication)
  async completeAuthentication(
    { clientId, credential, origin, proof }: verification.CompleteAuthenticationRequest,
    call: Call,
  ): Promise<verification.CompleteAuthenticationResponse> {
    const request = { clientId, credential, origin: originOf(origin), proof };
    const work = () => completeAuthentication(this.ports, request, call);
    return signedIn(await this.metrics.judge('authentication', work, preciseCode));
  }

  @Rpc(verification.VerificationServiceService.beginStepUp)
  async beginStepUp(
    { action, origin }: verification.BeginStepUpRequest,
    call: Call,
  ): Promise<verification.BeginStepUpResponse> {
    const options = await beginStepUp(this.ports, { ...this.calling(call), action, origin: originOf(origin) }, call);
    this.metrics.ceremoniesStarted.inc({ ceremony: 'step_up' });
    return { options };
  }

  @Rpc(verification.VerificationServiceService.completeStepUp)
  async completeStepUp(
    { credential, origin }: verification.CompleteStepUpRequest,
    call: Call,
  ): Promise<verification.CompleteStepUpResponse> {
    const request = { ...this.calling(call), credential, origin: originOf(origin) };
    const work = () => completeStepUp(this.ports, request, call);
    return steppedUp(await this.metrics.judge('step_up', work, preciseCode));
  }

  @Rpc(verification.VerificationServiceService.redeemGrant)
  async redeemGrant(
    { grant, action }: verification.RedeemGrantRequest,
    call: Call,
  ): Promise<verification.RedeemGrantResponse> {
    const { tenant, clientId, scopes, person } = identityOf(call);
    // The gateway asked session for this scope; nobody believes the gateway.
    if (person || !scopes.includes(REDEEM_SCOPE)) throw refuse('scope_missing');
    if (!action) throw refuse('request_invalid', { errors: [{ path: 'action', message: 'is missing' }] });
    const redeemed = await redeemGrant(this.ports, { tenant, clientId, grant, action }, call);
    const { subject, session, acr, authTime, credential } = redeemed;
    return { subject, session, acr, authTime: BigInt(authTime), credential };
  }

  /** Application and person out of the caller token, and out of nothing else. */
  private calling(call: Call) {
    const { tenant, clientId, person } = personOf(call);
    const application = this.ports.applications.byClient(clientId);
    if (application.tenant !== tenant) throw refuse('caller_token_refused');
    return { application, caller: person };
  }
}

const originOf = (origin: common.Origin | undefined): Origin => ({
  address: origin?.address ?? '',
  userAgent: origin?.userAgent ?? '',
  platform: origin?.platform || 'other',
});

/** For operators' metrics; the client sees `error.code`. */
const preciseCode = (error: unknown): string => {
  if (!isRefusal(error)) return 'internal';
  return error.internal && isCode(error.internal) ? error.internal : error.code;
};

const signedIn = ({ holder, ...signIn }: SignIn): verification.CompleteAuthenticationResponse => ({
  ...signIn,
  subject: holder.subject,
  authTime: BigInt(signIn.authTime),
  userHandle: holder.userHandle,
  acceptedCredentialIds: holder.credentials.map(({ credentialId }) => credentialId),
  ...holder.shown,
});

const steppedUp = ({ grant, elevated, authTime, ...rest }: SteppedUp): verification.CompleteStepUpResponse => ({
  ...rest,
  authTime: BigInt(authTime),
  grant: grant?.grant ?? '',
  grantExpiresIn: grant?.expiresIn ?? 0,
  accessToken: elevated?.accessToken ?? '',
  expiresIn: elevated?.expiresIn ?? 0,
  tokenType: elevated?.tokenType ?? '',
});
