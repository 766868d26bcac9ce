// Next.js before vitrine: a Next.js shop hands its own homepage over, no other server in between
//
// Where: the rewrites of your next.config.js. VITRINE is where vitrine listens, as the machine that runs Next.js
// reaches it; "next build" reads it, and "next start" no more. beforeFiles goes before your own app/page or pages/index,
// which stay in the project: delete this and you have them back.
//
// Tried with Next.js 15.5 and 16.4 (next build, next start) and Chromium: "/" has vitrine's bytes, compression and headers. A
// <Link href="/"> on another page asks for "/?_rsc=..." first, gets the HTML page instead of a component, and Next.js
// then loads "/" as a document: one page load, no error, and the way back works.
//
// While vitrine is away "/" is Next.js's 500: where that matters, put nginx or Caddy in front (vitrine print nginx or
// caddy), which have the page in a folder.
//
// Not tried: Vercel takes the same rewrites; the destination must be an https address that the internet reaches.
// Cloudflare: an Origin Rule for the path "/" and for "/_vitrine/*" that overrides the host, and a Cache Rule for "/"
// that respects the origin's Cache-Control.

const vitrine = process.env.VITRINE || 'http://127.0.0.1:8080'

module.exports = {
  async rewrites() {
    return {
      beforeFiles: [
        { source: '/', destination: vitrine + '/' },
        { source: '/_vitrine/:path*', destination: vitrine + '/_vitrine/:path*' },
      ],
    }
  },
}
