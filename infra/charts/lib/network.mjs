// What NetworkPolicies let through, as the Kubernetes API describes it: a pod that no policy selects is open, one that is
// selected is closed but for what some rule of some policy allows; both ends have to agree.
import { ofKind, selects } from './manifests.mjs';

/**
 * @typedef {object} End
 * @property {Record<string, string>} [labels] of the pod; absent: no pod, but an address outside the cluster
 * @property {string} [namespace]
 * @property {string} [address] IPv4
 * @property {Record<number, string>} [ports] names of its ports by number
 */

const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

const matchesPeer = ({ podSelector, namespaceSelector, ipBlock }, end, home) => {
  if (ipBlock) return end.address !== undefined && inBlock(ipBlock, end.address);
  if (!end.labels) return false;
  const there = namespaceSelector
    ? selects(namespaceSelector, { [NAMESPACE_NAME]: end.namespace })
    : end.namespace === home;
  return there && (!podSelector || selects(podSelector, end.labels));
};

const toNumber = (address) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

function isWithin(cidr, address) {
  const [base, bits] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  return Math.floor(toNumber(base) / size) === Math.floor(toNumber(address) / size);
}

const inBlock = ({ cidr, except = [] }, address) =>
  isWithin(cidr, address) && !except.some((hole) => isWithin(hole, address));

const matchesPort = (ports, port, protocol, names = {}) =>
  !ports?.length ||
  ports.some(
    (one) =>
      (one.protocol ?? 'TCP') === protocol &&
      (one.port === undefined ||
        one.port === port ||
        one.port === names[port] ||
        (one.endPort !== undefined && one.port <= port && port <= one.endPort)),
  );

/** Whether the policies of `home` let `end` through in this direction, towards `port` of `target`. */
function allowed(policies, direction, mine, other, port, protocol, target) {
  const [type, peers] = direction === 'egress' ? ['Egress', 'to'] : ['Ingress', 'from'];
  const mineToo = policies.filter(
    ({ metadata, spec }) =>
      spec.policyTypes.includes(type) &&
      metadata.namespace === mine.namespace &&
      selects(spec.podSelector, mine.labels),
  );
  if (!mine.labels || mineToo.length === 0) return true;
  return mineToo
    .flatMap(({ metadata, spec }) => (spec[direction] ?? []).map((rule) => ({ rule, home: metadata.namespace })))
    .some(
      ({ rule, home }) =>
        matchesPort(rule.ports, port, protocol, target.ports) &&
        (!rule[peers]?.length || rule[peers].some((peer) => matchesPeer(peer, other, home))),
    );
}

/**
 * Whether `from` reaches `port` of `to`.
 * @param {object[]} manifests NetworkPolicies among them; those without a namespace are of `namespace`
 * @param {End} from
 * @param {End} to
 * @param {{port: number, protocol?: 'TCP' | 'UDP', namespace: string}} how
 */
export function reaches(manifests, from, to, { port, protocol = 'TCP', namespace }) {
  const policies = ofKind(manifests, 'NetworkPolicy').map((policy) => ({
    ...policy,
    metadata: { namespace, ...policy.metadata },
  }));
  return (
    allowed(policies, 'egress', from, to, port, protocol, to) &&
    allowed(policies, 'ingress', to, from, port, protocol, to)
  );
}
