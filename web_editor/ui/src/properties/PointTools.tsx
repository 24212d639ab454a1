// Below the form of a node that reads points: what they say now, deployed or not, and picking them from the far side.
import { useState } from "react";
import { connections } from "../api/calls";
import type { Graph, GraphNode, PointsNow } from "../api/types";
import { useDocument } from "../edit/editor";
import { useTypes } from "../edit/nodeTypes";
import { t } from "../i18n";
import { rowsOf, withPicked } from "../logic/picked";
import { Asked } from "../parts/Asked";
import { StateMark } from "../parts/StateMark";
import { PointPicker } from "./PointPicker";
import { pointText } from "./pointText";
import { setNodeValue } from "./Settings";

export function PointTools({ node, graph }: { node: GraphNode; graph: Graph }) {
  const flow = useDocument((state) => state.flow?.id);
  const unsent = useDocument((state) => state.pending.length > 0);
  const types = useTypes();
  const [picking, setPicking] = useState(false);
  const connection = graph.connections.find(({ id }) => id === node.config.connection);
  const browses = types?.connections.find(({ type }) => type === connection?.type)?.browses === true;
  const rows = rowsOf(node.config.points);
  if (!flow || !connection) return null;
  return (
    <>
      <Asked
        label={t("points.readNow")}
        underWay={t("points.reading")}
        disabled={unsent}
        question={() => connections.readPoints(flow, node.id)}
        beside={
          browses &&
          rows && (
            <button type="button" className="button" disabled={unsent} onClick={() => setPicking(true)}>
              {t("points.pick")}
            </button>
          )
        }
      >
        {(now) => <Now points={now.points} />}
      </Asked>
      {picking && rows && (
        <PointPicker
          flow={flow}
          connection={connection.id}
          rows={rows}
          onClose={() => setPicking(false)}
          onPick={(picked) => {
            setPicking(false);
            setNodeValue(["nodes", node.id, "points"], node.config, withPicked(rows, picked));
          }}
        />
      )}
    </>
  );
}

function Now({ points }: PointsNow) {
  if (points.length === 0) return <p className="muted">{t("points.none")}</p>;
  return (
    <table className="table" aria-label={t("points.now")}>
      <tbody>
        {points.map(({ name, value, unit, reason }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{reason ? <StateMark state={3} text={reason} /> : `${pointText(value)} ${unit}`.trim()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
