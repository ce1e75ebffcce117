const wanted = document.querySelector("[autofocus]");
return document.readyState === "complete" && (wanted === null || document.activeElement === wanted);
