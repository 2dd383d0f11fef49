// Opens the API's page as a person does: node browse.mjs CHROMIUM URL TOKEN [PICTURE]
//
// Prints what the page showed and asked for, as JSON. No name but the server's address
// can be resolved, so whatever is asked of others fails, and is listed.
import puppeteer from "puppeteer-core";

const [chromium, url, token, picture] = process.argv.slice(2);
const timeout = 120_000; // for a machine that is busy
const browser = await puppeteer.launch({
  executablePath: chromium,
  timeout,
  protocolTimeout: timeout,
  args: [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
try {
  console.log(JSON.stringify(await look(await browser.newPage())));
} finally {
  await browser.close();
}

async function look(page) {
  const asked = [], complaints = [];
  page.setDefaultTimeout(timeout);
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.setViewport({ width: 1200, height: 1600 });

  await page.goto(`${url}/`, { waitUntil: "networkidle0" });
  await page.waitForSelector(".opblock");
  const operations = await page.$$eval(".opblock", (blocks) =>
    blocks.map((block) => [
      block.querySelector(".opblock-summary-method").textContent,
      block.querySelector(".opblock-summary-path").dataset.path,
    ]),
  );
  await authorize(page);
  const answer = await execute(page);
  if (picture) await page.screenshot({ path: picture });
  return { address: page.url(), operations, answer, asked, complaints };
}

async function authorize(page) {
  await page.click(".btn.authorize");
  await page.type(".auth-container input[type=text]", token);
  await page.click(".auth-btn-wrapper .authorize");
  await page.click(".auth-btn-wrapper .btn-done");
}

// Calls the first operation that reads bookings, and returns the status shown.
async function execute(page) {
  const block = await page.$("[id$=listBookings]");
  await (await block.$(".opblock-summary-control")).click();
  await (await block.waitForSelector(".execute")).click();
  const status = await block.waitForSelector(".live-responses-table .response .response-col_status");
  return status.evaluate((cell) => parseInt(cell.textContent, 10));
}
