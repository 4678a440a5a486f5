import { describe, expect, test } from '@jest/globals';
import { authorization, der, type AndroidKeyProfile } from '@countersign/testing';
import { ACCEPTED, judge, said } from './android.js';

const { origin, other, purposes } = authorization;

describe('the bytes of the description', () => {
  const described = (...list: Uint8Array[]): AndroidKeyProfile => ({ teeEnforced: list });
  const bytes = (hex: string) => Buffer.from(hex, 'hex');
  const structure = (rule: string) => said(`key description: ${rule}`);
  const encoding = (rule: string) => said(rule, 'X.690 §10');

  test.each<[string, AndroidKeyProfile, object]>([
    ['with a ninth field', { further: [der.nothing()] }, structure('not eight fields')],
    ['that is no sequence', { description: der.octets(bytes('00')) }, structure('not a sequence')],
    ['that is empty', { description: bytes('') }, structure('bytes left over')],
    [
      'with octets after it',
      { description: Buffer.concat([der.sequence(), der.nothing()]) },
      structure('bytes left over'),
    ],
    ['that holds what is no entry', described(der.nothing()), structure('authorization list')],
    ['that holds a sequence', described(der.sequence()), structure('authorization list')],
    ['that holds a primitive entry', described(bytes('810100')), structure('authorization list')],
    [
      'that says an entry twice',
      described(purposes(2), origin(0), origin(0)),
      structure('an authorization appears twice'),
    ],
    [
      'with two origins in one',
      described(purposes(2), der.explicit(702, der.integer(bytes('00')), der.nothing())),
      structure('origin'),
    ],
    ['with an empty origin', described(purposes(2), der.explicit(702)), structure('origin')],
    ['with an enumerated origin', described(purposes(2), der.explicit(702, der.enumerated(0))), structure('origin')],
    ['with a negative origin', described(purposes(2), der.explicit(702, bytes('0201ff'))), structure('origin')],
    ['with an origin without octets', described(purposes(2), der.explicit(702, bytes('0200'))), structure('origin')],
    ['with a padded origin', described(purposes(2), der.explicit(702, bytes('02020000'))), structure('origin')],
    ['with a long origin', described(purposes(2), der.explicit(702, bytes('0203010000'))), structure('origin')],
    ['with the origin 128, well written', described(purposes(2), der.explicit(702, bytes('02020080'))), said('origin')],
    ['with the origin 32,767', described(purposes(2), der.explicit(702, bytes('02027fff'))), said('origin')],
    ['whose purpose is no set', described(der.explicit(1, der.sequence()), origin(0)), structure('purpose')],
    ['whose purpose is primitive', described(der.explicit(1, bytes('1100')), origin(0)), structure('purpose')],
    [
      'whose purposes are no numbers',
      described(der.explicit(1, der.set(der.nothing())), origin(0)),
      structure('purpose'),
    ],
    [
      'with a length in long form',
      described(der.explicit(702, bytes('02810100'))),
      encoding('DER length not in its shortest form'),
    ],
    [
      'with two octets of length for one',
      described(der.explicit(702, bytes('0282008000'))),
      encoding('DER length not in its shortest form'),
    ],
    ['of indefinite length', described(bytes('a1800000')), encoding('DER length')],
    ['with three octets of length', described(bytes('a183000001')), encoding('DER length')],
    ['with a padded tag', described(bytes('bf807f00')), encoding('DER tag not in its shortest form')],
    ['with a short tag in long form', described(bytes('bf1e00')), encoding('DER tag not in its shortest form')],
    ['with a tag of six digits', described(other(100_000)), encoding('DER tag too large')],
    ['that ends in a tag', described(bytes('bf')), encoding('DER ends early')],
    ['that ends within a tag', described(bytes('bf81')), encoding('DER ends early')],
    ['that ends before a length', described(bytes('a1')), encoding('DER ends early')],
    ['that ends within a length', described(bytes('a182ff')), encoding('DER ends early')],
    ['that ends within its content', described(bytes('a10201')), encoding('DER ends early')],
  ])('BCB-1.android-key · a description %s is refused', (_name, profile, verdict) => {
    expect(judge(profile)).toMatchObject(verdict);
  });

  test('BCB-1.android-key · each field has its type, and no other', () => {
    const names = [
      'version',
      'attestation security level',
      '',
      'KeyMint security level',
      'challenge',
      '',
      'software enforced',
      'hardware enforced',
    ];
    const fields = [
      der.integer(bytes('01')),
      der.enumerated(1),
      der.integer(bytes('01')),
      der.enumerated(1),
      der.octets(bytes('00')),
      der.octets(bytes('')),
      der.sequence(),
      der.sequence(),
    ];
    for (const [index, name] of names.entries())
      if (name)
        expect(judge({ description: der.sequence(...fields.with(index, der.nothing())) })).toMatchObject(
          structure(name),
        );
  });

  test('BCB-1.android-key · a field of the right number and another class is none', () => {
    const description = der.sequence(bytes('820101'), ...Array.from({ length: 7 }, () => der.nothing()));
    expect(judge({ description })).toMatchObject(structure('version'));
  });

  test('BCB-1.android-key · long contents are read: lengths of one, two and three octets', () => {
    for (const size of [125, 126, 127, 252, 253, 2_000]) {
      const long = der.explicit(709, der.octets(new Uint8Array(size)));
      expect(judge({ softwareEnforced: [long] })).toMatchObject(ACCEPTED);
    }
  });
});
