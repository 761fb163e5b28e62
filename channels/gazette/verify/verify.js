// Compares files of a reader with what was published: their digests with the verification blocks of the issues. The files stay where they are.
"use strict";
(() => {
	const pick = document.getElementById("file");
	const drop = document.getElementById("drop");
	const out = document.getElementById("result");
	const issues = Array.from(document.querySelectorAll("[data-issue]"), (li) => ({
		name: li.dataset.issue, title: li.dataset.title, home: li.querySelector("a").href,
		blocks: Array.from(li.querySelectorAll("a[data-block]"), (a) => a.href),
	}));
	const FORMAT = "tongfa-verify/1";

	const node = (name, text, kind) => {
		const n = document.createElement(name);
		if (text) n.textContent = text;
		if (kind) n.className = kind;
		return n;
	};

	// Blocks that were read, by address; those that the reader gave are under "".
	const read = new Map();
	let given = [];
	const block = async (url) => {
		if (!read.has(url)) {
			read.set(url, fetch(url, { cache: "no-cache" }).then((r) => (r.ok ? r.json() : null)).then((b) => (b && b.format === FORMAT ? b : null), () => null));
		}
		return read.get(url);
	};

	// order puts the issue first that a file's name speaks of.
	const order = (name) => {
		const m = /^gazette-(\d{4})-(s?\d{1,3})\b/.exec(name);
		const first = m ? issues.filter((i) => i.name === m[1] + "/" + m[2]) : [];
		return first.concat(issues.filter((i) => !first.includes(i)));
	};

	const same = (f, sum) => f.sha256 === sum.sha256 && f.sm3 === sum.sm3;

	// find looks for a file in all blocks: the one with its digests, else the one that has its name.
	const find = async (name, sum) => {
		let named = null, seen = 0;
		const look = (b, issue, newest) => {
			if (!b) return null;
			seen++;
			const f = b.files.find((x) => same(x, sum));
			if (f) return { f, b, issue, newest };
			const n = b.files.find((x) => x.name === name);
			if (n && !named) named = { f: n, b, issue, newest };
			return null;
		};
		for (const b of given) {
			const hit = look(b, null, b);
			if (hit) return { hit, seen };
		}
		for (const issue of order(name)) {
			const all = await Promise.all(issue.blocks.map(block));
			const newest = all.filter((b) => b).pop();
			for (const b of all) {
				const hit = look(b, issue, newest);
				if (hit) return { hit, seen };
			}
			if (named && named.issue === issue) break; // it claims to be of this issue
		}
		return { named, seen };
	};

	const label = (x) => x.b.title + (x.b.volume ? " " + x.b.volume : "");

	const verdict = (file, found) => {
		if (found.hit) {
			const { f, b, newest } = found.hit;
			const lines = [["ok", "✓ 与发布的文件完全相同"], ["", label(found.hit) + "，" + f.name + (f.article ? "（第" + f.article + "篇的单篇 PDF）" : "")]];
			if (f.same_text) lines.push(["", "发布前已从这个文件里重新读出文字，与签发的原文逐字一致。"]);
			if (!f.article && newest && newest !== b) {
				lines.push(["warn", "这是发行时的文件。" + (newest.edition && newest.edition.why ? newest.edition.why : "此后有稿件撤回。") + "现在提供的文件请到本期目录下载。"]);
			}
			return lines;
		}
		if (found.named) {
			return [["bad", "✗ 与发布的文件不同"], ["", label(found.named) + "发布的 " + found.named.f.name + " 有" + found.named.f.bytes + "字节，这个文件有" + file.size + "字节。"],
				["", "发布的 SHA-256：" + found.named.f.sha256], ["", "发布的 SM3：" + found.named.f.sm3],
				["", "文件可能没有下载完整，被另存、转换或盖过章，也可能被改动过。请重新下载；要用作依据时，以本站的文件为准。"]];
		}
		if (!found.seen) {
			return [["warn", "没有读到校验数据"], ["", location.protocol === "file:" ? "网页是从本机文件夹打开的，浏览器不让它读别的文件：请把那一期文件夹里的 verify.json 和要核验的文件一起选进来。" :
				"可能网络不通。可以稍后再试，或者把那一期的 verify.json 下载下来，和要核验的文件一起选进来。"]];
		}
		return [["bad", "✗ 各期的校验数据里没有这个文件"], ["", "它不是本公报发布的文件，或者被另存、转换、改动过。"]];
	};

	const show = (file, sum, lines) => {
		const s = node("section", "", "one " + lines[0][0]);
		s.append(node("h2", file.name));
		for (const [kind, text] of lines) s.append(node("p", text, kind));
		const dl = node("dl");
		for (const [k, v] of [["SHA-256", sum.sha256], ["SM3", sum.sm3]]) {
			const div = node("div"), dd = node("dd");
			dd.append(node("code", v));
			div.append(node("dt", k), dd);
			dl.append(div);
		}
		s.append(dl);
		out.append(s);
	};

	const asBlock = (bytes) => {
		try {
			const b = JSON.parse(new TextDecoder().decode(bytes));
			return b && b.format === FORMAT && Array.isArray(b.files) ? b : null;
		} catch (e) {
			return null;
		}
	};

	let turn = 0;
	const check = async (files) => {
		const mine = ++turn;
		out.textContent = "正在计算……";
		const todo = [];
		given = [];
		for (const file of files) {
			let bytes;
			try {
				bytes = new Uint8Array(await file.arrayBuffer());
			} catch (e) {
				todo.push({ file, failed: true });
				continue;
			}
			const b = file.name.endsWith(".json") && asBlock(bytes);
			if (b) given.push(b);
			else todo.push({ file, sum: { sha256: await digests.sha256(bytes), sm3: digests.sm3(bytes) } });
		}
		const shown = [];
		for (const t of todo) shown.push([t, t.failed ? null : await find(t.file.name, t.sum)]);
		if (mine !== turn) return; // the reader has chosen others meanwhile
		out.textContent = "";
		for (const [t, found] of shown) {
			if (t.failed) show(t.file, { sha256: "", sm3: "" }, [["bad", "文件读不出来，可能是一个文件夹，或者没有读取的权限"]]);
			else show(t.file, t.sum, verdict(t.file, found));
		}
		if (!shown.length) out.append(node("p", given.length ? "已读入校验数据，请再和要核验的文件一起选一次。" : "没有选择文件。"));
	};

	document.getElementById("tool").hidden = false;
	pick.addEventListener("change", () => check(pick.files));
	for (const kind of ["dragenter", "dragover"]) {
		drop.addEventListener(kind, (e) => { e.preventDefault(); drop.classList.add("over"); });
	}
	drop.addEventListener("dragleave", () => drop.classList.remove("over"));
	drop.addEventListener("drop", (e) => { e.preventDefault(); drop.classList.remove("over"); check(e.dataTransfer.files); });
})();
