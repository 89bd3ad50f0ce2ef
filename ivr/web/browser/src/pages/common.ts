// What every page loads: htmx, without anything that a strict
// Content-Security-Policy forbids (eval, style elements of its own).
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // people's data does not stay in local storage
