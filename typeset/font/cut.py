#!/usr/bin/python3
"""Cuts the built-in faces of the gazette from free ones, and renames them.

Run by hand, seldom, on Debian 12, in this folder:

    apt-get install python3-fonttools unicode-data fonts-lxgw-wenkai
    npm pack @expo-google-fonts/noto-serif-sc@0.4.3 && npm pack @expo-google-fonts/noto-sans-sc@0.4.3   # unpack both
    ./cut.py SERIF/400Regular/*.ttf SERIF/700Bold/*.ttf SANS/500Medium/*.ttf /usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf

Each keeps the 8,105 characters of the Table of General Standard Chinese Characters (Unihan kTGH), GB 2312, and the signs of Chinese and Latin text that the
face has; no hinting, no layout tables. The licences (OFL 1.1, in this folder) ask that a face that was changed does not bear the reserved name, so all four
have names of ours. The same input gives the same bytes: SHA256SUMS says which, and a test compares.
"""
import bz2, gzip, hashlib, io, sys
from fontTools import subset
from fontTools.ttLib import TTFont

NAMES = [("song", "Tongfa Song"), ("song-bold", "Tongfa Song Bold"), ("hei", "Tongfa Hei"), ("kai", "Tongfa Kai")]


def characters():
    out = set()
    with bz2.open("/usr/share/unicode/Unihan_OtherMappings.txt.bz2", "rt", encoding="utf-8") as f:
        for line in f:
            if "\tkTGH\t" in line:
                out.add(int(line.split("\t")[0][2:], 16))
    for a in range(0xA1, 0xFF):
        for b in range(0xA1, 0xFF):
            try:
                out.add(ord(bytes([a, b]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    for first, last in [(0x20, 0x7E), (0xA0, 0x17F), (0x2BC, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218F),
                        (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x233F), (0x2460, 0x24FF), (0x2500, 0x25FF), (0x2600, 0x266F), (0x2700, 0x27BF), (0x3000, 0x303F),
                        (0x3105, 0x312F), (0x3200, 0x33FF), (0xFE10, 0xFE4F), (0xFF01, 0xFF65), (0xFFE0, 0xFFE6)]:
        out.update(range(first, last + 1))
    out.add(0x3007)
    return out


def cut(path, name, chars):
    font = TTFont(path, recalcTimestamp=False)
    o = subset.Options()
    o.hinting, o.layout_features, o.glyph_names, o.notdef_outline, o.recalc_timestamp = False, [], False, True, False
    o.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "STAT", "meta", "gasp", "kern"]
    s = subset.Subsetter(o)
    s.populate(unicodes=chars)
    s.subset(font)
    licence = "SIL Open Font License 1.1; https://openfontlicense.org. Cut and renamed from a free face, see OFL.txt."
    table = font["name"]
    keep = {n.nameID: str(n) for n in table.names if n.nameID in (0, 8, 9)}
    table.names = []
    for i, text in {**keep, 1: name, 2: "Regular", 3: name + " 1.0", 4: name, 5: "Version 1.0", 6: name.replace(" ", ""), 13: licence}.items():
        table.setName(text, i, 3, 1, 0x409)
    font["post"].formatType = 3.0
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def main():
    chars = characters()
    sums = []
    for path, (file, name) in zip(sys.argv[1:], NAMES, strict=True):
        data = cut(path, name, chars)
        with open(file + ".ttf.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, 0) as z:
            z.write(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {file}.ttf\n")
        have = TTFont(io.BytesIO(data)).getBestCmap()
        print(file, len(data), "lacks", [hex(c) for c in sorted(chars) if c > 0x3100 and c not in have][:5])
    with open("SHA256SUMS", "w") as f:
        f.writelines(sums)


main()
