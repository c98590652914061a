(() => {
  "use strict";
  const SIBLINGS = 6, PATHS = 5;
  const at = (id) => document.getElementById(id);
  const state = { models: [], model: null, prediction: null, shown: 0, token: null, file: null };

  // Names come from anywhere: they only ever become text.
  const make = (tag, name = "", ...content) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...content);
    return element;
  };
  const named = (name) => make("bdi", "name", name);
  const percent = (prob) => {
    const value = 100 * prob;
    // No line breaks within a figure.
    if (value > 99.9 && value < 100) return "> 99.9 %".replaceAll(" ", "\u00a0");
    if (value < 0.1 && value > 0) return "< 0.1 %".replaceAll(" ", "\u00a0");
    return `${value.toFixed(value < 10 || value >= 99 ? 1 : 0)}\u00a0%`;
  };

  const ask = async (path, options = {}) => {
    const headers = state.token ? { authorization: `Bearer ${state.token}` } : {};
    const response = await fetch(path, { ...options, headers });
    const content = await response.json();
    if (response.status === 401) at("door").hidden = false;
    if (!response.ok) throw new Error(content.error);
    at("door").hidden = true;
    return content;
  };
  const attempt = async (work) => {
    at("fault").hidden = true;
    try {
      await work();
    } catch (error) {
      at("fault").textContent = error instanceof TypeError ? "The server does not answer." : error.message;
      at("fault").hidden = false;
    }
  };

  // How far down the path is sure at the chosen target, worked out here: the server gave the thresholds.
  const target = () => state.model?.targets[Number(at("target").value) - 1] ?? null;
  const depthAt = (path, threshold) => {
    const first = path.findIndex((node) => node.certainty < threshold);
    return first < 0 ? path.length : first;
  };

  const joined = (nodes) => nodes.flatMap((node, i) => [
    ...(i && isTree() ? [make("span", "arrow", " › ")] : i ? [", "] : []), named(node.class),
  ]);
  const isTree = () => state.model.taxonomy.levels.length === 1 || state.model.taxonomy.parents.length > 0;

  const sayAnswer = () => {
    const { path } = state.prediction, chosen = target();
    const threshold = chosen ? chosen.threshold : 0, depth = chosen ? depthAt(path, threshold) : path.length;
    const sure = path.slice(0, depth), rest = path.slice(depth);
    const words = sure.length ? [make("strong", "", ...joined(sure))] : [make("strong", "", "Not sure of anything.")];
    if (rest.length) words.push(make("span", "perhaps", sure.length ? " perhaps " : " Perhaps ", ...joined(rest)));
    at("say").replaceChildren(...words);
    const node = rest[0];
    at("why").replaceChildren(...(node ? ["It stops before ", named(node.class),
      ` (${percent(node.prob)} probable): its certainty of ${node.certainty.toFixed(3)} is below ${threshold.toFixed(3)}.`]
      : [chosen ? "All of the path is sure enough." : ""]));
    for (const row of at("tree").querySelectorAll("[data-depth]")) {
      const isSure = Number(row.dataset.depth) < depth;
      row.classList.toggle("sure", isSure);
      row.querySelector(".tag").textContent = chosen ? (isSure ? "sure" : "perhaps") : "";
    }
  };

  const row = (label, prob, depth) => {
    const bar = make("span", "bar");
    bar.append(make("span", "fill"));
    bar.firstChild.style.width = `${Math.max(0, Math.min(100, 100 * prob))}%`;
    bar.setAttribute("aria-hidden", "true");
    const line = make("div", depth === null ? "line" : "line on", label, make("span", "tag"), bar,
      make("span", "prob", percent(prob)));
    if (depth !== null) line.dataset.depth = depth;
    return line;
  };

  // One level: the classes beside the predicted one, which holds the next level.
  const branch = (depth, parentProb) => {
    const { path, siblings } = state.prediction, { levels } = state.model.taxonomy;
    const list = make("ul", "branch");
    list.setAttribute("aria-label", path[depth].level);
    for (const sibling of siblings[depth]) {
      const isChosen = sibling.class === path[depth].class;
      const item = make("li", "", row(named(sibling.class), sibling.prob, isChosen ? depth : null));
      if (isChosen && isTree() && depth + 1 < path.length) item.append(branch(depth + 1, path[depth].prob));
      list.append(item);
    }
    const number = numSiblings(depth) - siblings[depth].length;
    if (number > 0) {
      const left = parentProb - siblings[depth].reduce((sum, one) => sum + one.prob, 0);
      const label = make("span", "name", `${number.toLocaleString("en")} ${number === 1 ? "other" : "others"}`);
      list.append(make("li", "rest", row(label, Math.max(0, left), null)));
    }
    return make("div", "level", make("p", "kicker", levels[depth].name), list);
  };
  const numSiblings = (depth) => {
    const { levels, parents } = state.model.taxonomy;
    if (!depth || !isTree()) return levels[depth].classes.length;
    const parent = levels[depth - 1].classes.indexOf(state.prediction.path[depth - 1].class);
    return parents[depth - 1].filter((each) => each === parent).length;
  };

  const show = () => {
    const { path, alternatives } = state.prediction;
    const roots = isTree() ? [0] : path.map((_, depth) => depth);
    at("tree").replaceChildren(...roots.map((depth) => branch(depth, 1)));
    at("paths").replaceChildren(...(alternatives ?? []).map((nodes) =>
      make("li", "", row(make("span", "name", ...joined(nodes)), nodes[nodes.length - 1].prob, null))));
    at("trees").hidden = false;
    at("others").hidden = !alternatives;
    sayAnswer();
  };

  const predict = (file) => attempt(async () => {
    const turn = ++state.shown;
    state.file = file;
    preview(file);
    at("result").setAttribute("aria-busy", "true");
    const form = new FormData();
    form.append("pictures", file, file.name || "picture");
    form.append("model", state.model.name);
    form.append("siblings", SIBLINGS);
    if (isTree()) form.append("top", PATHS);
    try {
      const answer = await ask("predict", { method: "POST", body: form });
      // Whoever chose another picture meanwhile wants that one's answer.
      if (turn !== state.shown) return;
      state.prediction = answer.predictions[0];
      at("notes").textContent = (answer.notes ?? []).join(" ");
      show();
    } catch (error) {
      if (turn === state.shown) forget();
      throw error;
    } finally {
      if (turn === state.shown) at("result").setAttribute("aria-busy", "false");
    }
  });
  const forget = () => {
    state.prediction = null;
    at("say").textContent = "Nothing yet.";
    at("why").textContent = at("notes").textContent = "";
    at("trees").hidden = at("others").hidden = true;
  };
  const preview = (file) => {
    const image = at("preview");
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.alt = `Your picture: ${file.name || "pasted"}`;
    image.hidden = false;
    at("hint").hidden = true;
  };

  const sayPromise = () => {
    const chosen = target(), slider = at("target");
    let words = "Every level is answered, sure or not.";
    if (!state.model.targets.length) {
      words = "This model has no validation images that could promise anything: every level is answered.";
    } else if (chosen) {
      const share = `${+(100 * chosen.target_accuracy).toFixed(1)} %`;
      words = `At least ${share} of the answers are right, as validation images promise: a class needs a certainty of ${chosen.threshold.toFixed(3)}.`;
    }
    at("promise").textContent = words;
    slider.setAttribute("aria-valuetext", words);
    if (state.prediction) sayAnswer();
  };
  const choose = (name) => {
    state.model = state.models.find((model) => model.name === name) ?? state.models[0];
    const { targets, target_accuracy: preset, model, taxonomy } = state.model;
    at("target").max = targets.length;
    at("target").disabled = !targets.length;
    const place = targets.findIndex((each) => each.target_accuracy >= (preset ?? 2));
    at("target").value = place + 1;
    const levels = taxonomy.levels.map((level) => `${level.classes.length.toLocaleString("en")} × ${level.name}`);
    at("about").textContent = `${state.model.name}: ${model.variant}, trained on ${model.data}. ${levels.join(", ")}.`;
    forget();
    sayPromise();
    if (state.file) predict(state.file);
  };
  const begin = () => attempt(async () => {
    state.models = (await ask("taxonomy")).models;
    at("model").replaceChildren(...state.models.map((model) => new Option(model.name)));
    at("choice").hidden = state.models.length < 2;
    choose(null);
  });

  for (const id of ["file", "photo"]) {
    at(id).addEventListener("change", (event) => {
      if (event.target.files[0] && state.model) predict(event.target.files[0]);
      event.target.value = "";
    });
  }
  at("target").addEventListener("input", sayPromise);
  at("model").addEventListener("change", (event) => choose(event.target.value));
  at("door").addEventListener("submit", (event) => {
    event.preventDefault();
    state.token = at("token").value;
    begin();
  });
  const drop = at("drop");
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  }
  addEventListener("drop", (event) => {
    if (event.dataTransfer?.files[0] && state.model) predict(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData?.files[0] && state.model) predict(event.clipboardData.files[0]);
  });
  begin();
})();
