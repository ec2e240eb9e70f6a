// ui/plot.ts - the library that draws charts, with its style: a piece that is loaded late.
// SPDX-License-Identifier: MIT
import 'uplot/dist/uPlot.min.css';
import uPlot from 'uplot';

export default uPlot;
