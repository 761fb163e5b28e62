// Shows an OFD as ofd.js draws it: one page of paper for each page, so many times as large, as a browser places things at whole pixels. What the reader does by itself is kept: which objects, where, how large, in which colour. Two
// things that it leaves out are done for it: it never takes the faces that the file embeds, but looks for one of the same name on the machine; and it cuts a
// character beyond the BMP in two.
const named = (file) => "embedded-" + file.replace(/\W/g, "-");

async function show(perMM, times, fonts) {
  const data = await (await fetch("issue.ofd")).arrayBuffer();
  ofd.setPageScale(perMM);
  const docs = await new Promise((success, fail) => ofd.parseOfdDocument({ofd: data, success, fail}));
  const style = document.createElement("style");
  document.head.append(style);
  for (const f of new Set(Object.values(fonts))) {
    const face = new FontFace(named(f), `url(font/${f})`);
    document.fonts.add(await face.load());
  }
  const zoom = times * 96 / 25.4 / perMM;
  let rules = "html, body { margin: 0 } svg text { font-kerning: none; font-variant-ligatures: none; font-feature-settings: 'locl' 0 }";
  ofd.renderOfdByScale(docs[0]).forEach((page, i) => {
    const w = times * parseFloat(page.style.width) / perMM, h = times * parseFloat(page.style.height) / perMM;
    rules += `@page p${i} { size: ${w}mm ${h}mm; margin: 0 } #sheet${i} { page: p${i}; width: ${w}mm; height: ${h - 0.1}mm; overflow: hidden; position: relative; break-after: page }`;
    page.style.zoom = zoom;
    page.style.margin = "0";
    page.querySelectorAll("svg").forEach((svg) => {
      const font = fonts[svg.style.zIndex];
      const texts = [...svg.querySelectorAll("text")];
      texts.forEach((t) => { t.style.fontFamily = named(font); t.style.whiteSpace = "pre"; t.style.fontWeight = "normal"; });
      if (texts.length == 2 && /^[\ud800-\udbff]$/.test(texts[0].textContent) && /^[\udc00-\udfff]$/.test(texts[1].textContent)) {
        texts[0].textContent += texts[1].textContent;
        texts[1].remove();
      }
    });
    const sheet = document.createElement("div");
    sheet.id = "sheet" + i;
    sheet.append(page);
    document.body.append(sheet);
  });
  style.textContent = rules;
  await document.fonts.ready;
  return docs[0].pages.length;
}
