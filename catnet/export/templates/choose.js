"use strict";

// A picture is chosen: one of those inside, a file, a photograph; dropped or pasted.

const QUICKLY_READ = 500_000; // bytes of a picture's file
const FOLDERS = /^(\u2068?).*[/\\]/; // before the name of a file; the mark keeps writing directions apart
const A_FRAME = 30; // milliseconds in which a browser shows what has changed
let latest = 0; // of several pictures that are being decoded, the one chosen last is shown

/** Makes all ways to choose a picture work. */
function offerPictures() {
  byId("examples").replaceChildren(...examples.map(exampleButton));
  offerCamera();
  for (const id of ["file", "photo"]) {
    byId(id).addEventListener("change", async (event) => {
      const [file] = event.target.files; // none if the choice was called off
      if (file) await choose(file);
      event.target.value = "";
    });
  }
  addEventListener("paste", (event) => chooseOf(event.clipboardData));
  addEventListener("dragover", (event) => showDropping(event, true));
  addEventListener("dragleave", (event) => showDropping(event, false));
  addEventListener("drop", (event) => {
    showDropping(event, false);
    chooseOf(event.dataTransfer);
  });
}

/** Answers about what was dropped or pasted; it may be a text, or a link to a picture. */
function chooseOf({ files }) {
  if (files.length > 0) return choose(files[0]);
  byId("trouble").textContent = "That is no picture file. Save it first, and choose the file.";
}

/** Shows where a picture may be dropped while one is dragged over the page. */
function showDropping(event, isOver) {
  event.preventDefault(); // or the browser would leave the page and open the picture
  byId("drop").classList.toggle("over", isOver);
}

/** The button of a picture that is inside the page. */
function exampleButton(example) {
  const image = made("img", { src: `data:${example.media};base64,${example.file}`, alt: "" });
  const button = made("button", { type: "button", title: example.name }, image, named(example));
  button.addEventListener("click", () => choose(fileOf(example), example.name, truthOf(example)));
  return button;
}

/** The name of an example and what is true of it, as they are read aloud. */
function named(example) {
  return made("span", { className: "unseen" }, [example.name, truthOf(example)].filter(Boolean).join(", "));
}

/** What the run's data says of an example: "in the data: cat"; nothing if that is not known. */
function truthOf({ truth }) {
  return truth === null ? "" : `in the data: ${truth}`;
}

/** The file of a picture that is inside the page. */
function fileOf(example) {
  return new Blob([bytesOf(example.file)], { type: example.media });
}

/** Answers about the picture in a file; says so if it is none. */
async function choose(file, name = file.name, truth = "") {
  stopCamera();
  const turn = ++latest;
  try {
    await sayReading(file, name);
    const row = averaged(model, await pixelsOf(file, model));
    if (turn !== latest) return;
    showOriginal(file, name, truth);
    byId("trouble").textContent = "";
    startPicture(row);
  } catch (error) {
    if (turn === latest) byId("trouble").textContent = `${name || "this"}: ${error.message}`;
  }
  if (turn === latest) byId("reading").textContent = "";
}

/** Says that a large picture is being read, and lets the browser show that first. */
async function sayReading(file, name) {
  if (file.size <= QUICKLY_READ) return;
  byId("trouble").textContent = "";
  byId("reading").textContent = `reading ${name || "the picture"} ...`;
  await new Promise((resolve) => setTimeout(resolve, A_FRAME));
}

/** Shows the picture as it is in its file, and what is true of it. */
function showOriginal(file, name, truth = "") {
  const image = byId("original");
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(file);
  image.alt = `the picture ${name}`;
  Object.assign(byId("original-name"), { title: name, textContent: name.replace(FOLDERS, "$1") });
  byId("truth").textContent = truth;
}
