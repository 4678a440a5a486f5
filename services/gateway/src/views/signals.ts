/** What the services tell of a person's passkeys. */
export interface SignalFacts {
  userHandle: string;
  acceptedCredentialIds: string[];
  userName: string;
  displayName: string;
}

/** Arguments for the browser's Signal API. Without a name (an erased person has none) nothing is renamed. */
export function signalsView(rpId: string, facts: SignalFacts) {
  const { userHandle: userId, acceptedCredentialIds: allAcceptedCredentialIds, userName: name, displayName } = facts;
  return {
    allAcceptedCredentials: { rpId, userId, allAcceptedCredentialIds },
    ...(name !== '' && { currentUserDetails: { rpId, userId, name, displayName } }),
  };
}
