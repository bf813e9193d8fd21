// Tables of subjects and devices.
export type SubjectRow = {
  id: string;
  issuer: string;
  external_id: string;
  created_at_ms: number;
};

export type DeviceRow = {
  /** JWK thumbprint of the device key. */
  id: string;
  subject: string;
  enrolled_at_ms: number;
};

export type IdentityTables = { subjects: SubjectRow; devices: DeviceRow };
