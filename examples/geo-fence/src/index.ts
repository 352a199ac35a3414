import { Params, Record } from "@smdk/assemblyscript";

const EARTH_KM = 6371.0088;
let latitude = 0.0;
let longitude = 0.0;
let radius = 0.0;

export function init(params: Params): void {
  latitude = params.float("latitude");
  longitude = params.float("longitude");
  radius = params.float("km", 1);
}

function radians(degrees: f64): f64 {
  return (degrees * Math.PI) / 180;
}

export function filter(record: Record): bool {
  const position = record.value.json();
  const lat = position.required("lat").toFloat();
  const lon = position.required("lon").toFloat();
  const a = Math.sin(radians(lat - latitude) / 2);
  const b = Math.sin(radians(lon - longitude) / 2);
  const h = a * a + Math.cos(radians(lat)) * Math.cos(radians(latitude)) * b * b;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h)) <= radius;
}
