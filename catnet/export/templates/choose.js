"use strict";

// A picture is chosen: one of those inside, a file, a photograph; dropped or pasted.

let latest = 0; // of several pictures that are being decoded, the one chosen last is shown

/** Makes all ways to choose a picture work. */
function offerPictures() {
  byId("examples").replaceChildren(...examples.map(exampleButton));
  offerCamera();
  for (const id of ["file", "photo"]) {
    byId(id).addEventListener("change", (event) => choose(event.target.files[0]).then(() => (event.target.value = "")));
  }
  addEventListener("paste", (event) => choose(event.clipboardData.files[0]));
  addEventListener("dragover", (event) => showDropping(event, true));
  addEventListener("dragleave", (event) => showDropping(event, false));
  addEventListener("drop", (event) => {
    showDropping(event, false);
    choose(event.dataTransfer.files[0]);
  });
}

/** Shows where a picture may be dropped while one is dragged over the page. */
function showDropping(event, isOver) {
  event.preventDefault(); // or the browser would leave the page and open the picture
  byId("drop").classList.toggle("over", isOver);
}

/** The button of a picture that is inside the page. */
function exampleButton(example) {
  const image = made("img", { src: `data:${example.media};base64,${example.file}`, alt: "" });
  const button = made("button", { type: "button", title: example.name }, image, made("span", { className: "unseen" }, example.name));
  button.addEventListener("click", () => choose(fileOf(example), example.name));
  return button;
}

/** The file of a picture that is inside the page. */
function fileOf(example) {
  return new Blob([bytesOf(example.file)], { type: example.media });
}

/** Answers about the picture in a file; says so if it is none. */
async function choose(file, name = file?.name ?? "") {
  if (!file) return;
  stopCamera();
  const turn = ++latest;
  try {
    const row = averaged(model, await pixelsOf(file, model));
    if (turn === latest) {
      showOriginal(file, name);
      byId("trouble").textContent = "";
      startPicture(row);
    }
  } catch (error) {
    byId("trouble").textContent = `${name || "this"}: ${error.message}`;
  }
}

/** Shows the picture as it is in its file. */
function showOriginal(file, name) {
  const image = byId("original");
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(file);
  image.alt = `the picture ${name}`;
  byId("original-name").textContent = name;
}
