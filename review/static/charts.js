// Draws every [data-chart]. What a chart says stands in its sentence and its table; nothing is told by hovering alone.
(() => {
  "use strict";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (text) => (text.length > 18 ? `${text.slice(0, 17)}…` : text);

  const optionsOf = ({ shape, labels, series }) => {
    const upright = shape === "stack" || shape === "curve";
    const names = { type: "category", data: labels, inverse: !upright, axisLabel: { color: style("--ink"), formatter: short } };
    const values = { type: "value", axisLabel: { color: style("--ink") }, splitLine: { lineStyle: { color: style("--line") } } };
    return {
      animation: !still,
      aria: { enabled: true, label: { enabled: false }, decal: { show: true } }, // patterns: not by colour alone
      tooltip: { show: false },
      legend: { show: series.length > 1, type: "scroll", bottom: 0, textStyle: { color: style("--ink") } },
      grid: { left: 8, right: 16, top: 12, bottom: series.length > 1 ? 36 : 8, containLabel: true },
      xAxis: upright ? names : values,
      yAxis: upright ? values : names,
      series: series.map(({ name, data }) => ({
        name, data, type: shape === "curve" ? "line" : "bar", stack: shape === "stack" ? "all" : undefined,
      })),
    };
  };

  const draw = () => {
    for (const box of document.querySelectorAll("[data-chart]")) {
      const data = JSON.parse(box.dataset.chart);
      if (data.shape === "bars") box.style.height = `${Math.max(200, 60 + 30 * data.labels.length)}px`;
      echarts.getInstanceByDom(box)?.dispose();
      echarts.init(box, null, { renderer: "canvas" }).setOption(optionsOf(data));
    }
  };
  const resize = () => {
    for (const box of document.querySelectorAll("[data-chart]")) echarts.getInstanceByDom(box)?.resize();
  };
  draw();
  if (window.wildtradeCharts) return; // once per tab, however often the page is swapped in
  window.wildtradeCharts = true;
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
