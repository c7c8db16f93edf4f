"""The fund's mark, three valleys and a sun, as on the pages; what is outside its round corners is covered in white."""

MARK = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">
<path fill="#1b5540" d="M0 0h48v48H0z"/><circle cx="33" cy="14" r="6" fill="#ffd25e"/>
<path fill="#2f7052" d="M0 20c8-5 14-3 22 1s18 5 26 0v27H0z"/>
<path fill="#7fb295" d="M0 28c9-5 15-2 23 2s17 4 25-1v19H0z"/>
<path fill="#d9e8da" d="M0 39c8-6 15-4 23 0s17 4 25-2v11H0z"/>
<path fill="#ffffff" fill-rule="evenodd" d="M-1-1h50v50h-50z
M10 .1h28a9.9 9.9 0 0 1 9.9 9.9v28a9.9 9.9 0 0 1-9.9 9.9h-28a9.9 9.9 0 0 1-9.9-9.9v-28a9.9 9.9 0 0 1 9.9-9.9z"/>
</svg>"""
