/** The key file or its master key cannot be used. `message` is for the operator: setting, path, reason, remedy; no key. */
export class KeyFileRefused extends Error {
  override readonly name = 'KeyFileRefused';
}
