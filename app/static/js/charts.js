// ECharts in the house's colours: SVG, no animation, a tooltip drawn in the picture (the CSP allows no inline style).
(() => {
  "use strict";
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--tz-${name}`).trim();
  // "$c1" in an option means the token --tz-c1, as it is in the present theme.
  const coloured = (value) => {
    if (typeof value === "string") return /^\$[a-z][a-z0-9-]*$/.test(value) ? token(value.slice(1)) : value;
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    return value;
  };
  const formats = {
    percent: (value) => `${value} %`,
    thousands: (value) => Number(value).toLocaleString("en"),
    k: (value) => (value / 1000).toLocaleString("en"),
    wan: (value) => (value / 10000).toLocaleString("en"),
  };
  const axis = (given, text) => {
    const list = given === undefined ? [] : Array.isArray(given) ? given : [given];
    return list.map((one) => ({
      ...one,
      nameTextStyle: { ...text, ...one.nameTextStyle },
      axisTick: { show: false, ...one.axisTick },
      axisLine: { lineStyle: { color: token("line-2") }, ...one.axisLine },
      axisLabel: { ...text, ...one.axisLabel, formatter: formats[one.axisLabel?.formatter] || one.axisLabel?.formatter },
      splitLine: { lineStyle: { color: token("line") }, ...one.splitLine },
    }));
  };
  const shown = new Map();
  tz.draw = (box) => {
    const source = document.querySelector(`script[data-chart-for="${CSS.escape(box.id)}"]`);
    if (!source) return;
    const given = coloured(JSON.parse(source.textContent));
    const text = { color: token("text-2"), fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 };
    const phone = matchMedia("(max-width: 767.98px)").matches;
    shown.get(box)?.dispose();
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    shown.set(box, chart);
    const { xAxis, yAxis, tooltip, ...rest } = given;
    chart.setOption({
      color: ["c1", "c2", "c3", "c4", "c5", "c6"].map(token),
      grid: { left: phone ? 48 : 60, right: phone ? 40 : 56, top: 36, bottom: phone ? 28 : 40 },
      legend: { top: 0, right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: text },
      ...rest,
      animation: false,
      textStyle: text,
      ...(xAxis === undefined ? {} : { xAxis: axis(xAxis, text) }),
      ...(yAxis === undefined ? {} : { yAxis: axis(yAxis, text) }),
      tooltip: {
        trigger: "axis",
        confine: true,
        backgroundColor: token("surface"),
        borderColor: token("line-2"),
        ...tooltip,
        renderMode: "richText",
        textStyle: { ...text, color: token("text") },
        valueFormatter: formats[tooltip?.valueFormatter] || formats.thousands,
      },
    });
    // Every figure leads to its rows: a point of a series may carry an address.
    chart.on("click", (point) => point.data?.url && location.assign(point.data.url));
    if (!box.tzWatch) (box.tzWatch = new ResizeObserver(() => shown.get(box)?.resize({ animation: { duration: 0 } }))).observe(box);
  };
  document.addEventListener("tz:theme", () => {
    for (const box of shown.keys()) tz.draw(box);
  });
})();
