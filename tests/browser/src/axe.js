const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }).then(
    results => done(results.violations.map(violation => ({
        rule: violation.id,
        impact: violation.impact,
        help: violation.help,
        places: violation.nodes.map(node => [node.target.flat().join(" "), node.failureSummary || ""]),
    }))),
    error => done(String(error)),
);
