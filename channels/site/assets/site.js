// Small comforts for readers whose browser runs scripts. Everything can be read without them.
(function () {
  'use strict';

  function keepSize() {
    var key = 'size', radios = document.querySelectorAll('input.size');
    Array.prototype.forEach.call(radios, function (r) {
      try {
        if (localStorage.getItem(key) === r.id) r.checked = true;
        r.addEventListener('change', function () { localStorage.setItem(key, r.id); });
      } catch (e) { /* a browser that keeps nothing still changes the size */ }
    });
  }

  function tools() {
    var print = document.querySelector('[data-print]'), copy = document.querySelector('[data-copy]');
    if (print) {
      print.hidden = false;
      print.addEventListener('click', function () { window.print(); });
    }
    if (copy && navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener('click', function () {
        navigator.clipboard.writeText(copy.dataset.copy).then(function () {
          copy.textContent = '已复制';
          setTimeout(function () { copy.textContent = '复制链接'; }, 2000);
        });
      });
    }
  }

  // Leaving for a site that is no government site needs the reader's word.
  function leaving() {
    document.addEventListener('click', function (ev) {
      var a = ev.target.closest ? ev.target.closest('a[href]') : null;
      if (!a || !/^https?:$/.test(a.protocol) || a.host === location.host || /(^|\.)gov\.cn$/.test(a.hostname)) return;
      if (!window.confirm('您将离开本网站，前往 ' + a.hostname + '。要继续吗？')) ev.preventDefault();
    });
  }

  function search() {
    var box = document.querySelector('[data-search]');
    if (!box) return;
    var base = box.dataset.search, query = (new URLSearchParams(location.search).get('q') || '').trim().slice(0, 60);
    var status = box.querySelector('.status'), list = box.querySelector('.results'), more = box.querySelector('[data-more]');
    var full = box.querySelector('[data-full]');
    document.getElementById('q').value = query;
    if (!query) { status.textContent = '请在页面上方的搜索框里输入要查找的词语。'; return; }
    if (full) full.href += '?q=' + encodeURIComponent(query);
    var words = query.toLowerCase().split(/\s+/), chunks = [], at = 0, found = 0, enough = 30;

    function hit(e) {
      var text = [e.t, e.n, e.d, e.i, e.p].join(' ').toLowerCase();
      return words.every(function (w) { return text.indexOf(w) >= 0; });
    }
    function show(e) {
      var li = document.createElement('li'), a = document.createElement('a'), time = document.createElement('time');
      a.href = e.u;
      a.textContent = e.t;
      time.textContent = e.p;
      li.appendChild(a);
      if (e.d) {
        var doc = document.createElement('span');
        doc.className = 'doc';
        doc.textContent = e.d;
        li.appendChild(doc);
      }
      li.appendChild(time);
      list.appendChild(li);
    }
    function tell() {
      more.hidden = at >= chunks.length;
      status.textContent = (found ? '找到 ' + found + ' 条包含“' + query + '”的内容' : '没有找到标题、文号或索引号包含“' + query + '”的内容') +
        (at < chunks.length ? '，还有更早的内容没有查找。' : '。');
    }
    function next() {
      if (at >= chunks.length || found >= enough) { tell(); return; }
      status.textContent = '正在查找……';
      fetch(base + chunks[at++] + '.json').then(function (r) { return r.json(); }).then(function (entries) {
        entries.forEach(function (e) { if (hit(e)) { found++; show(e); } });
        next();
      }).catch(failed);
    }
    function failed() { status.textContent = '读取搜索数据失败，请稍后再试。'; }
    more.addEventListener('click', function () { enough = found + 30; next(); });
    fetch(base + 'index.json').then(function (r) { return r.json(); }).then(function (index) {
      chunks = index.chunks;
      next();
    }).catch(failed);
  }

  keepSize();
  tools();
  leaving();
  search();
})();
