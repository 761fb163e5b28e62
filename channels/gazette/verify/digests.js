// Digests of bytes, computed where they are: SHA-256 (FIPS 180-4) by the browser, or here where it does not offer that to a page without TLS, and SM3
// (GB/T 32905-2016), which no browser has.
"use strict";
const digests = (() => {
	const left = (x, n) => (x << (n & 31)) | (x >>> (32 - (n & 31)));
	const right = (x, n) => (x >>> n) | (x << (32 - n));

	// fold feeds a message in blocks of 64 bytes, with its length behind it, to a compression function, and gives the state in hexadecimal.
	const fold = (bytes, state, compress) => {
		const whole = bytes.length - (bytes.length % 64);
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		for (let at = 0; at < whole; at += 64) compress(state, view, at);
		const rest = bytes.length - whole;
		const last = new Uint8Array(rest < 56 ? 64 : 128);
		last.set(bytes.subarray(whole));
		last[rest] = 0x80;
		const end = new DataView(last.buffer);
		end.setUint32(last.length - 8, Math.floor(bytes.length / 0x20000000));
		end.setUint32(last.length - 4, (bytes.length * 8) >>> 0);
		for (let at = 0; at < last.length; at += 64) compress(state, end, at);
		return Array.from(state, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
	};

	// Constants of SHA-256: the fractions of the square roots of the first 8 primes, and of the cube roots of the first 64.
	const primes = [];
	for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
	const fraction = (x) => ((x - Math.floor(x)) * 0x100000000) | 0;
	const K = primes.map((p) => fraction(Math.cbrt(p)));
	const H = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));

	const w = new Int32Array(68);
	const sha256Block = (s, view, at) => {
		for (let j = 0; j < 16; j++) w[j] = view.getInt32(at + 4 * j);
		for (let j = 16; j < 64; j++) {
			const x = w[j - 15], y = w[j - 2];
			w[j] = w[j - 16] + w[j - 7] + (right(x, 7) ^ right(x, 18) ^ (x >>> 3)) + (right(y, 17) ^ right(y, 19) ^ (y >>> 10));
		}
		let [a, b, c, d, e, f, g, h] = s;
		for (let j = 0; j < 64; j++) {
			const t1 = (h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + K[j] + w[j]) | 0;
			const t2 = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
			h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
		}
		s[0] += a; s[1] += b; s[2] += c; s[3] += d; s[4] += e; s[5] += f; s[6] += g; s[7] += h;
	};

	const sm3Block = (s, view, at) => {
		for (let j = 0; j < 16; j++) w[j] = view.getInt32(at + 4 * j);
		for (let j = 16; j < 68; j++) {
			const x = w[j - 16] ^ w[j - 9] ^ left(w[j - 3], 15);
			w[j] = x ^ left(x, 15) ^ left(x, 23) ^ left(w[j - 13], 7) ^ w[j - 6];
		}
		let [a, b, c, d, e, f, g, h] = s;
		for (let j = 0; j < 64; j++) {
			const r12 = left(a, 12);
			const ss1 = left((r12 + e + left(j < 16 ? 0x79cc4519 : 0x7a879d8a, j)) | 0, 7);
			const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
			const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
			const tt1 = (ff + d + (ss1 ^ r12) + (w[j] ^ w[j + 4])) | 0;
			const tt2 = (gg + h + ss1 + w[j]) | 0;
			d = c; c = left(b, 9); b = a; a = tt1;
			h = g; g = left(f, 19); f = e; e = tt2 ^ left(tt2, 9) ^ left(tt2, 17);
		}
		s[0] ^= a; s[1] ^= b; s[2] ^= c; s[3] ^= d; s[4] ^= e; s[5] ^= f; s[6] ^= g; s[7] ^= h;
	};

	const sha256Here = (bytes) => fold(bytes, Int32Array.from(H), sha256Block);
	const sha256 = async (bytes) => {
		if (!window.crypto || !crypto.subtle) return sha256Here(bytes);
		const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
		return Array.from(sum, (x) => x.toString(16).padStart(2, "0")).join("");
	};
	const sm3 = (bytes) => fold(bytes, Int32Array.of(0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600 | 0, 0xa96f30bc | 0, 0x163138aa, 0xe38dee4d | 0, 0xb0fb0e4e | 0), sm3Block);
	return { sha256, sha256Here, sm3 };
})();
