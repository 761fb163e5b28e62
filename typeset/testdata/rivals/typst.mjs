// Sets a Typst file: node typst.mjs MAIN.typ FONTS OUT.pdf
import {NodeCompiler} from "@myriaddreamin/typst-ts-node-compiler";
import {writeFileSync} from "node:fs";
import {dirname} from "node:path";

const [main, fonts, out] = process.argv.slice(2);
const compiler = NodeCompiler.create({workspace: dirname(main), fontArgs: [{fontPaths: [fonts]}]});
writeFileSync(out, compiler.pdf({mainFilePath: main}));
