// theme.js - sets the theme that was chosen, before anything is painted.
// SPDX-License-Identifier: MIT
(() => {
	let theme = null;
	try {
		theme = localStorage.getItem('conduit.theme');
	} catch {
		// Storage is off: the system's theme it is.
	}
	if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
