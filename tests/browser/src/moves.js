const lasts = times => times.split(",").some(time => parseFloat(time) > 0);
const named = (element, part) => element.tagName.toLowerCase() + (element.id ? `#${element.id}` : "") + part;

const running = document.getAnimations().filter(animation => animation.playState === "running")
    .map(animation => `${named(animation.effect.target, animation.effect.pseudoElement ?? "")} is moving`);
const styled = ["", "::before", "::after"].flatMap(part => [...document.querySelectorAll("*")].flatMap(element => {
    const style = getComputedStyle(element, part || null);
    const found = [];
    if (style.animationName !== "none" && lasts(style.animationDuration)) found.push("is animated");
    if (lasts(style.transitionDuration)) found.push("changes slowly");
    if (part === "" && style.scrollBehavior === "smooth") found.push("scrolls slowly");
    return found.map(what => `${named(element, part)} ${what}`);
}));
return [...new Set([...running, ...styled])];
