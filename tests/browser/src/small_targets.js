const LEAST = 24;
const PRESSED = "a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [role=button]";

/** For eyes and fingers: helpers for password managers are neither seen nor pressed. */
const isSeen = element => element.checkVisibility({ visibilityProperty: true })
    && element.closest("[aria-hidden=true]") === null && getComputedStyle(element).clipPath === "none";

/** Part of a line that has other words in it. */
const isInASentence = element => element.tagName === "A" && getComputedStyle(element).display === "inline"
    && [...element.parentElement.childNodes].some(node => node.nodeType === Node.TEXT_NODE && /\p{L}/u.test(node.data));

/** A label around a box is pressed like the box. */
const size = element => {
    const boxes = [element, element.closest("label")].filter(Boolean).map(part => part.getBoundingClientRect());
    return [Math.max(...boxes.map(box => box.width)), Math.max(...boxes.map(box => box.height))];
};

return [...document.querySelectorAll(PRESSED)].filter(element => isSeen(element) && !isInASentence(element))
    .map(element => [element, ...size(element)])
    // A hair's breadth is lost where the browser rounds.
    .filter(([, width, height]) => Math.min(width, height) < LEAST - 0.01)
    .map(([element, width, height]) => {
        const name = element.id ? `#${element.id}` : element.getAttribute("name") ?? element.textContent.trim();
        return `${element.tagName.toLowerCase()} ${name}: ${width.toFixed(1)} by ${height.toFixed(1)}`;
    });
