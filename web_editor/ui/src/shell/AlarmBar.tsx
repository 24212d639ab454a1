// How many alarms of each priority are active, and the most urgent, on every screen. Leads to the alarms; acts on none.
import { t } from "../i18n";
import { inOrder, isQuiet, needsAcknowledging, PRIORITIES } from "../logic/alarms";
import { Age } from "../parts/Age";
import { StateMark } from "../parts/StateMark";
import { useAway } from "../state/away";
import { alarmList } from "../state/feeds";
import { useStore } from "../state/store";
import { Link } from "./Link";

export function AlarmBar() {
  const alarms = useStore(alarmList, (state) => state.alarms);
  const loud = inOrder(alarms).filter((alarm) => !isQuiet(alarm) && alarm.state !== "normal");
  const [first] = loud;
  if (useAway() || !first) return null;
  const waiting = t("alarms.waiting", { n: loud.filter(needsAcknowledging).length });
  return (
    <aside aria-label={waiting}>
      <Link to={{ screen: "alarms" }} className="alarmbar">
        {PRIORITIES.map((priority, i) => {
          const n = loud.filter((alarm) => alarm.priority === priority).length;
          return (
            n > 0 && (
              <StateMark key={priority} state={i < 2 ? 3 : 2} text={`${n} ${t(`priority.${priority}`, { n })}`} />
            )
          );
        })}
        <span className="muted wide-only">{waiting}</span>
        <span className="ellipsis grow">
          <strong>{first.title}</strong> <Age at_ms={first.since_ms} />
        </span>
      </Link>
    </aside>
  );
}
