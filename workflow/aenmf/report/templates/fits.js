
// Signatures, their matches and, of one split, its errors and its loss during training, drawn from the data in the page.
(() => {
  const source = document.getElementById("fits-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const colours = JSON.parse(document.getElementById("colours-data").textContent);
  const form = document.getElementById("choose");
  const target = document.getElementById("fit");
  const CHANNELS = data.channels.length;
  const SVG = "http://www.w3.org/2000/svg";

  function shares(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float64Array.from({ length: bytes.length / 2 }, (_, i) => view.getUint16(2 * i, true) / 65535);
  }

  function node(name, attributes = {}, ...children) {
    const svg = ["svg", "g", "rect", "line", "path", "text", "title"].includes(name);
    const made = svg ? document.createElementNS(SVG, name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const number = (value, digits = 3) =>
    value === null || value === undefined ? "–" : Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3)
      ? value.toExponential(digits - 1).replace("e+", "e") : String(Number(value.toPrecision(digits)));

  function fill(select, options, kept) {
    select.replaceChildren(...options.map(([value, text]) => node("option", { value }, text)));
    select.value = options.some(([value]) => value === kept) ? kept : options[0]?.[0] ?? "";
  }

  const chosen = () => Object.fromEntries(["cohort", "method", "loss", "split", "over"].map((name) => [name, form.elements[name].value]));
  const unique = (values) => [...new Set(values)];

  function narrow() {
    const now = chosen();
    fill(form.elements.cohort, Object.entries(data.cohorts), now.cohort);
    let left = data.fits.filter((fit) => fit.cohort === form.elements.cohort.value);
    fill(form.elements.method, unique(left.map((fit) => fit.method)).map((name) => [name, data.methods[name]]), now.method);
    left = left.filter((fit) => fit.method === form.elements.method.value);
    fill(form.elements.loss, unique(left.map((fit) => fit.loss)).map((name) => [name, data.losses[name]]), now.loss);
    const fit = left.find((one) => one.loss === form.elements.loss.value);
    fill(form.elements.split, [["", "consensus"], ...fit.splits.map((split) => [String(split), String(split + 1)])], now.split);
    const over = Object.keys({ ...fit.consensus.matches, ...fit.matches }).map((name) => [name, data.references[name]]);
    fill(form.elements.over, [...over, ["nothing", "nothing"]], now.over);
    const { split } = form.elements;
    draw(fit, split.value === "" ? -1 : fit.splits.indexOf(Number(split.value)), form.elements.over.value);
    return [fit.cohort, fit.method, fit.loss].map(encodeURIComponent).join("/") + (split.value === "" ? "" : `/split-${Number(split.value) + 1}`);
  }

  // The address of what is shown: #cohort/method/loss, and /split-7 for a split.
  function follow() {
    const parts = location.hash.slice(1).split("/").map(decodeURIComponent);
    if (parts.length < 3) return false;
    const [cohort, method, loss, split] = parts;
    if (!data.fits.some((fit) => fit.cohort === cohort && fit.method === method && fit.loss === loss)) return false;
    for (const [name, value] of Object.entries({ cohort, method, loss, split: split ? String(Number(split.replace("split-", "")) - 1) : "" })) {
      const select = form.elements[name];
      if (![...select.options].some((option) => option.value === value)) select.append(node("option", { value }, value));
      select.value = value;
    }
    narrow();
    document.getElementById("signatures").scrollIntoView();
    return true;
  }

  function choose() {
    history.replaceState(null, "", `#${narrow()}`);
  }

  function profile(values, known, label) {
    const [width, height, left, top, bottom] = [960, 200, 46, 20, 28];
    const step = niceAbove(Math.max(...values, ...(known ?? [])) / 2 || 0.5);
    const top_share = 2 * step;
    const x = (i) => left + (i * (width - left - 4)) / CHANNELS;
    const y = (share) => top + (1 - share / top_share) * (height - top - bottom);
    const wide = (width - left - 4) / CHANNELS;
    const picture = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "profile" });
    for (const share of [step, top_share]) {
      picture.append(node("line", { x1: left, x2: width - 4, y1: y(share), y2: y(share), class: "grid" }));
      picture.append(node("text", { x: left - 6, y: y(share) + 4, class: "tick end" }, `${Number((100 * share).toPrecision(3))} %`));
    }
    Object.keys(colours).forEach((kind, block) => {
      const first = block * (CHANNELS / 6);
      picture.append(node("rect", { x: x(first) + 1, y: 0, width: wide * 16 - 2, height: 6, fill: colours[kind], class: "strip" }));
      picture.append(node("text", { x: x(first + 8), y: 17, class: "tick middle" }, kind));
    });
    values.forEach((share, i) => {
      const channel = data.channels[i];
      const bar = node("rect", { x: x(i) + 1, y: y(share), width: wide - 2, height: Math.max(y(0) - y(share), 0), fill: colours[channel.slice(2, 5)], class: "bar" });
      const beside = known ? `, match ${number(100 * known[i], 2)} %` : "";
      bar.append(node("title", {}, `${channel}: ${number(100 * share, 2)} %${beside}`));
      picture.append(bar);
    });
    if (known) {
      const steps = [...known].map((share, i) => `M${x(i)} ${y(share).toFixed(1)}h${wide.toFixed(2)}`).join("");
      picture.append(node("path", { d: steps, class: "known" }));
    }
    picture.append(node("line", { x1: left, x2: width - 4, y1: y(0), y2: y(0), class: "axis" }));
    data.channels.forEach((channel, i) => {
      const [across, down] = [x(i + 0.5) + 3, height - 4];
      picture.append(node("text", { x: across, y: down, class: "channel", transform: `rotate(-90 ${across} ${down})` }, channel[0] + channel[2] + channel[6]));
    });
    return picture;
  }

  function niceAbove(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((digit) => digit * power).find((nice) => nice >= value);
  }

  function losses([iterations, above], converged) {
    const points = iterations.map((iteration, i) => [Math.max(iteration, 1), above[i]]).filter((point) => point[1] > 0);
    if (points.length < 2) return node("p", { class: "note" }, "The loss was recorded at fewer than two points before its final value.");
    const [width, height, left, top, bottom] = [620, 240, 62, 12, 38];
    const logs = (k) => points.map((point) => Math.log10(point[k]));
    const range = (k) => [Math.floor(Math.min(...logs(k))), Math.ceil(Math.max(...logs(k)))];
    const [[x0, x1], [y0, y1]] = [range(0), range(1)].map(([low, high]) => [low, Math.max(high, low + 1)]);
    const x = (log) => left + ((log - x0) / (x1 - x0)) * (width - left - 12);
    const y = (log) => top + (1 - (log - y0) / (y1 - y0)) * (height - top - bottom);
    const label = `Loss above its final value, as a share of it, from ${number(points[0][1], 2)} at iteration ${points[0][0]} to ${number(points.at(-1)[1], 2)} at iteration ${points.at(-1)[0]}`;
    const picture = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: "losses" });
    const power = (log) => (log === 0 ? "1" : log === 1 ? "10" : `1e${log}`);
    const every = Math.ceil((y1 - y0) / 6);
    for (let log = y0; log <= y1; log += every) {
      picture.append(node("line", { x1: left, x2: width - 12, y1: y(log), y2: y(log), class: "grid" }));
      picture.append(node("text", { x: left - 6, y: y(log) + 4, class: "tick end" }, power(log)));
    }
    for (let log = x0; log <= x1; log += 1) picture.append(node("text", { x: x(log), y: height - 20, class: "tick middle" }, String(10 ** log)));
    const path = points.map((point, i) => `${i ? "L" : "M"}${x(Math.log10(point[0])).toFixed(1)} ${y(Math.log10(point[1])).toFixed(1)}`).join("");
    picture.append(node("path", { d: path, class: "way" }));
    picture.append(node("text", { x: (left + width) / 2, y: height - 3, class: "tick middle" }, converged ? "iteration" : "iteration (stopped before converging)"));
    return picture;
  }

  function scrolled(label, ...children) {
    return node("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, ...children);
  }

  function facts(fit, at) {
    const shown = [["Loss at the end", number(fit.objective[at], 5)], ["Converged", fit.converged[at] ? "yes" : "no"], ["KKT residual", number(fit.kkt[at], 2)],
      ["Iterations", String(fit.iterations[at])], ["Seconds", number(fit.seconds[at], 3)]];
    for (const [name, values] of Object.entries(fit.errors)) {
      const [set, measure] = name.split(" ");
      shown.push([`${set === "train" ? "Train" : "Test"} ${measure.toUpperCase()}`, number(values[at], 4)]);
    }
    return node("dl", { class: "facts small" }, ...shown.map(([name, value]) => node("div", {}, node("dt", {}, name), node("dd", {}, value))));
  }

  // One signature: its name, what it matches, and its profile with the match drawn over it.
  function signature(title, values, matches, flat, over) {
    const found = Object.entries(matches).map(([name, [match, cosine]]) =>
      match[flat] < 0 ? null : `${data.references[name]}: ${data.names[match[flat]]} (${cosine[flat] === null ? "–" : cosine[flat].toFixed(3)})`).filter(Boolean);
    const match = matches[over]?.[0][flat] ?? -1;
    const known = match >= 0 && data.known[match] ? shares(data.known[match]) : null;
    const largest = [...values].map((share, c) => [share, data.channels[c]]).sort((a, b) => b[0] - a[0]).slice(0, 3);
    const label = `${title}. ${found.join(", ")}. Largest channels: ${largest.map(([s, c]) => `${c} ${number(100 * s, 2)} %`).join(", ")}`;
    return node("div", { class: "signature" }, node("h4", {}, title), node("p", { class: "matches" }, found.join(" · ")), scrolled(title, profile(values, known, label)));
  }

  function ofConsensus({ consensus }, over) {
    const all = shares(consensus.signatures);
    return consensus.names.map((name, i) => {
      const share = consensus.shares[i] === null ? "" : `, ${number(100 * consensus.shares[i], 2)} % of the mutations`;
      return signature(`${name}${share}`, all.slice(i * CHANNELS, (i + 1) * CHANNELS), consensus.matches, i, over);
    });
  }

  function ofSplit(fit, at, over) {
    const all = shares(fit.signatures);
    const { k } = fit;
    const places = Array.from({ length: k }, (_, i) => i).sort((a, b) => fit.positions[at * k + a] - fit.positions[at * k + b]);
    return places.map((i, shown) => {
      const flat = at * k + i;
      return signature(`Signature ${shown + 1}`, all.slice(flat * CHANNELS, (flat + 1) * CHANNELS), fit.matches, flat, over);
    });
  }

  function draw(fit, at, over) {
    const title = `${data.cohorts[fit.cohort]}, ${data.methods[fit.method]}, ${data.losses[fit.loss]}, ${at < 0 ? "consensus" : `split ${fit.splits[at] + 1}`}`;
    const matched = over in (at < 0 ? fit.consensus.matches : fit.matches);
    const legend = `Bars: the share of each channel.${matched ? ` Strokes: the matched signature of ${data.references[over]}. In brackets: cosine similarity.` : ""}`;
    const order = at < 0 ? "" : " Signatures are in the order of their consensus signatures, so that splits and methods can be compared place by place.";
    const parts = [node("h3", {}, title)];
    if (at >= 0) parts.push(facts(fit, at));
    parts.push(node("p", { class: "note" }, legend + order), ...(at < 0 ? ofConsensus(fit, over) : ofSplit(fit, at, over)));
    if (at >= 0) parts.push(node("h4", {}, "Loss during training"),
      node("p", { class: "note" }, "How far the training loss was above its final value, as a share of that value; both axes logarithmic. A straight fall is a steady rate, a flat stretch a stall."),
      scrolled("Loss during training", losses(fit.paths[at], fit.converged[at])));
    target.replaceChildren(...parts);
    document.getElementById("fit-said").textContent = `Shown: ${title}`;
    const { options, selectedIndex } = form.elements.split;
    document.getElementById("before").disabled = selectedIndex <= 0;
    document.getElementById("after").disabled = selectedIndex >= options.length - 1;
  }

  function step(by) {
    form.elements.split.selectedIndex += by;
    choose();
  }
  form.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("before").addEventListener("click", () => step(-1));
  document.getElementById("after").addEventListener("click", () => step(1));
  window.addEventListener("hashchange", follow);
  narrow();
  follow();
})();
