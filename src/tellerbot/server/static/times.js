// Times in the reader's own zone: of today the hour, of earlier days the day too; the whole of it in the title.
const lang = document.documentElement.lang;
const hour = new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "long" });

function showTimes() {
  for (const time of document.querySelectorAll("time[datetime*=T]:not([title])")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = (isToday ? hour : day).format(at);
    time.title = whole.format(at);
  }
}

showTimes();
new MutationObserver(showTimes).observe(document.body, { childList: true, subtree: true });
