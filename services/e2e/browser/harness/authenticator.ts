import type { CDPSession, Page } from 'playwright-core';

/** What kind of authenticator is built into the device. */
export interface AuthenticatorKind {
  /** Keeps passkeys itself, so that a sign-in needs no user name. */
  hasResidentKey?: boolean;
  /** Can it check who touches it, and does it say so? */
  hasUserVerification?: boolean;
  isUserVerified?: boolean;
}

type Added = AuthenticatorKind & { transport: 'internal' | 'usb'; automaticPresenceSimulation?: boolean };

/** A passkey as the DevTools protocol hands it over, private key included. */
interface HeldCredential {
  credentialId: string;
  isResidentCredential: boolean;
  rpId?: string;
  userName?: string;
  userDisplayName?: string;
  signCount: number;
  privateKey: string;
}

/**
 * Chromium's virtual authenticator, and the person who touches it. A finger rests on it only while the page runs a
 * ceremony that the person began; it would otherwise answer the autofill's offer before anybody could see it.
 */
export class Authenticator {
  private constructor(
    private readonly cdp: CDPSession,
    private readonly id: string,
  ) {}

  /** The device's own authenticator, touched by the person for what the person begins. */
  static async builtInto(page: Page, kind: AuthenticatorKind = {}): Promise<Authenticator> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const authenticator = await Authenticator.add(cdp, { transport: 'internal', ...kind });
    await page.exposeFunction('countersignFinger', (down: boolean) => authenticator.finger(down));
    await page.addInitScript(touchOnDemand);
    return authenticator;
  }

  /** A security key in the same device, with a finger on it until `letGo`. */
  plugInSecurityKey(kind: AuthenticatorKind = {}): Promise<Authenticator> {
    return Authenticator.add(this.cdp, { transport: 'usb', automaticPresenceSimulation: true, ...kind });
  }

  private static async add(cdp: CDPSession, options: Added): Promise<Authenticator> {
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: false,
        ...options,
      },
    });
    return new Authenticator(cdp, authenticatorId);
  }

  /** The next offer in an autofill is taken as soon as it is made. */
  pickFromAutofill(): Promise<void> {
    return this.finger(true);
  }

  letGo(): Promise<void> {
    return this.finger(false);
  }

  async verifiesUser(verified: boolean): Promise<void> {
    await this.cdp.send('WebAuthn.setUserVerified', { authenticatorId: this.id, isUserVerified: verified });
  }

  async credentials(): Promise<HeldCredential[]> {
    return (await this.cdp.send('WebAuthn.getCredentials', { authenticatorId: this.id }))
      .credentials as HeldCredential[];
  }

  async forgetAll(): Promise<void> {
    await this.cdp.send('WebAuthn.clearCredentials', { authenticatorId: this.id });
  }

  /** Every passkey here shows this name from now on, as one that was made before its person was renamed. */
  async callThePerson(userName: string): Promise<void> {
    const held = await this.credentials();
    await this.forgetAll();
    for (const credential of held) {
      const renamed = { ...credential, userName, userDisplayName: userName };
      await this.cdp.send('WebAuthn.addCredential', { authenticatorId: this.id, credential: renamed });
    }
  }

  /** Puts a copy of every passkey into another authenticator; its counter goes on `ahead` uses further. */
  async copyTo(other: Authenticator, { ahead = 0 } = {}): Promise<void> {
    for (const credential of await this.credentials()) {
      const copy = { ...credential, signCount: credential.signCount + ahead };
      await other.cdp.send('WebAuthn.addCredential', { authenticatorId: other.id, credential: copy });
    }
  }

  private async finger(down: boolean): Promise<void> {
    await this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled: down });
  }
}

/** Runs in the page. The browser's own functions do the work; conditional requests are left as they are. */
function touchOnDemand(): void {
  const finger = (down: boolean): Promise<void> =>
    (window as unknown as { countersignFinger(down: boolean): Promise<void> }).countersignFinger(down);
  const touched =
    <O extends CredentialRequestOptions | CredentialCreationOptions>(
      ceremony: (options?: O) => Promise<Credential | null>,
    ) =>
    async (options?: O): Promise<Credential | null> => {
      if (options && 'mediation' in options && options.mediation === 'conditional') return ceremony(options);
      await finger(true);
      return ceremony(options).finally(() => finger(false));
    };
  const container = navigator.credentials as CredentialsContainer | undefined;
  if (!container) return;
  container.create = touched(container.create.bind(container));
  container.get = touched(container.get.bind(container));
}
