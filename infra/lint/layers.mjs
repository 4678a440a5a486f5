// One-way rules between workspaces: kernel ← contracts ← platform ← adapter ← service ← standalone.
// Each workspace carries one tag in its package.json under nx.tags.

const RANK = ['kernel', 'contracts', 'platform', 'adapter'];
const tag = (layer) => `layer:${layer}`;
const upTo = (layer) => RANK.slice(0, RANK.indexOf(layer) + 1).map(tag);

const house = [
  ...RANK.map((layer) => ({ sourceTag: tag(layer), onlyDependOnLibsWithTags: upTo(layer) })),
  // An SDK is copied into banks' programs: it takes nothing of the house with it.
  { sourceTag: tag('sdk'), onlyDependOnLibsWithTags: [tag('sdk')] },
  // A client of the public API, written as a bank would write it.
  { sourceTag: tag('client'), onlyDependOnLibsWithTags: [tag('sdk')] },
  { sourceTag: tag('standalone'), onlyDependOnLibsWithTags: [...RANK, 'service', 'sdk', 'client'].map(tag) },
  { sourceTag: tag('tool'), onlyDependOnLibsWithTags: [...RANK, 'service', 'sdk', 'client', 'standalone'].map(tag) },
];

const service = (...neighbours) => ({
  sourceTag: tag('service'),
  // The gateway serves the browser SDK beside its documentation.
  onlyDependOnLibsWithTags: [...RANK, 'sdk', ...neighbours].map(tag),
});

const options = (depConstraints, allow = []) => ({
  enforceBuildableLibDependency: false,
  // A workspace may use its own door: specs beside `src/` do.
  allowCircularSelfDependency: true,
  allow,
  depConstraints,
});

/** A service never imports a service. */
export const layers = options([...house, service()]);

/** Servers that a driver is tried against, beside its tests: whoever tests with the driver starts them, too. */
const SERVERS = [
  '/keys-aws-kms/test/kms-server\\.js$',
  '/keys-azure/test/vault-double\\.js$',
  '/keys-pkcs11/test/soft-token\\.js$',
];

const neighbours = [
  ...house.filter(({ sourceTag }) => ![tag('sdk'), tag('platform')].includes(sourceTag)),
  // The transport is proven with certificates of the development authority.
  { sourceTag: tag('platform'), onlyDependOnLibsWithTags: upTo('adapter') },
  service('service'),
  { sourceTag: tag('sdk'), onlyDependOnLibsWithTags: [tag('sdk'), tag('kernel')] },
];

/** In its tests it may start a neighbour rather than imitate it; an SDK may compare itself with the house. */
export const layersWithNeighbours = options(neighbours, SERVERS);
