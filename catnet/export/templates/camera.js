"use strict";

// A camera, of which every frame is answered about. Browsers ask for permission first; some have none for a local file.

const PAUSE = 100; // milliseconds between frames
const frame = document.createElement("canvas"); // the last one

/** Offers the camera if the browser has one for this page. */
function offerCamera() {
  byId("camera").hidden = !navigator.mediaDevices?.getUserMedia;
  byId("camera").addEventListener("click", () => (byId("video").srcObject ? stopCamera() : startCamera()));
}

/** Starts the camera, and answers about what it sees until it is stopped. */
async function startCamera() {
  const video = byId("video");
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
  } catch (error) {
    byId("trouble").textContent = `the camera cannot be used: ${error.message}`;
    return;
  }
  showCamera(true);
  while (video.srcObject) {
    drawFrame(video);
    followPicture(averaged(model, asInput(pixelsIn(frame), model)));
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Stops the camera; its last frame stays. */
function stopCamera() {
  const video = byId("video");
  if (!video.srcObject) return;
  for (const track of video.srcObject.getTracks()) track.stop();
  video.srcObject = null;
  showCamera(false);
  frame.toBlob((file) => showOriginal(file, "a frame of the camera"));
}

/** Shows the camera in place of the picture, or the picture again. */
function showCamera(isOn) {
  latest++; // a picture that is still being decoded comes too late
  byId("video").hidden = !isOn;
  byId("original").hidden = isOn;
  byId("original-name").textContent = isOn ? "the camera" : "";
  byId("camera").textContent = isOn ? "stop the camera" : "use the camera";
  for (const id of ["trouble", "reading", "truth"]) byId(id).textContent = "";
}

/** Draws what the camera sees. */
function drawFrame(video) {
  Object.assign(frame, { width: video.videoWidth, height: video.videoHeight });
  frame.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0);
}

/** The pixels of a canvas that is nowhere transparent: {width, height, pixels}, pixels in RGB. */
function pixelsIn(canvas) {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < pixels.length; from += 4) {
    for (let channel = 0; channel < 3; channel++) pixels[to++] = data[from + channel];
  }
  return { width, height, pixels };
}
