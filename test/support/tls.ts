import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as Crypto);

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

/** A certificate and its key in PEM, as node:tls takes them. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of one test run. */
export interface TestAuthority {
  /** Its certificate in PEM. */
  readonly ca: string;
  /** Issues a server certificate for these names, valid from yesterday for `days` days (negative: expired). */
  issue(names: readonly string[], options?: { readonly days?: number }): Promise<Identity>;
}

export async function createAuthority(): Promise<TestAuthority> {
  const keys = await generateKeys();
  // Two with one name in one list of trust could be taken for each other.
  const name = `CN=Test authority ${serial()}`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name,
    keys,
    notBefore: new Date(Date.now() - 30 * DAY_MS),
    notAfter: new Date(Date.now() + 30 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    ca: root.toString("pem"),
    async issue(names, options = {}) {
      const own = await generateKeys();
      const days = options.days ?? 7;
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serial(),
        subject: `CN=${names[0] ?? "none"}`,
        issuer: name,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        notBefore: new Date(Date.now() - (days < 0 ? 20 : 1) * DAY_MS),
        notAfter: new Date(Date.now() + days * DAY_MS),
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value }))),
          // RFC 5280, section 4.2.1.1, wants it, and Python from 3.13 on takes no certificate without.
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const key = await webcrypto.subtle.exportKey("pkcs8", own.privateKey);
      return {
        cert: certificate.toString("pem"),
        key: x509.PemConverter.encode(key, "PRIVATE KEY"),
      };
    },
  };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

function serial(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(8)))
    .toString("hex")
    .replace(/^./, "1");
}
